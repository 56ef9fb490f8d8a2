"""Write plain values as YAML 1.2 that reads back unchanged."""

from __future__ import annotations

import re
from typing import Any

import yaml

__all__ = ["flow", "write_yaml"]

# Everything that the reader would not take for text must be quoted when it is text; the writer quotes what
# resolves to another type than its own.
_CORE: tuple[tuple[str, str, str], ...] = (
    ("null", r"|~|null|Null|NULL", "~nN\0"),
    ("merge", r"<<", "<"),
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
    (
        "float",
        r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
        "-+.0123456789",
    ),
)


_DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class _Writer(_DUMPER):  # type: ignore[misc]
    yaml_implicit_resolvers: dict[str, list[Any]] = {}

    def ignore_aliases(self, data: Any) -> bool:
        return True


for _name, _pattern, _first in _CORE:
    _Writer.add_implicit_resolver(f"tag:yaml.org,2002:{_name}", re.compile(f"^(?:{_pattern})$"), list(_first))
_Writer.yaml_implicit_resolvers.setdefault("", []).append(("tag:yaml.org,2002:null", re.compile("^$")))


def _text(writer: _Writer, value: str) -> Any:
    # Line breaks of other kinds and lone tabs are only safe between double quotes.
    style = '"' if any(not c.isprintable() or c in "\x85\u2028\u2029" for c in value) else None
    return writer.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Writer.add_representer(str, _text)


def write_yaml(value: Any) -> str:
    """Return a value as a YAML document."""
    text: str = yaml.dump(
        value, Dumper=_Writer, allow_unicode=True, sort_keys=False, width=110, default_flow_style=None
    )
    return text


def flow(value: Any) -> str:
    """Return a value on one line."""
    text: str = yaml.dump(
        value, Dumper=_Writer, allow_unicode=True, sort_keys=False, width=10**9, default_flow_style=True
    )
    return text.removesuffix("\n").removesuffix("\n...")
