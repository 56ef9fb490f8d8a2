"""The command ``sim``: finds the verb, and turns every fault into one message and an exit code.

0 fine; 1 the input or the surroundings (a message, never a traceback); 2 wrong usage; 3 a bug of ours;
130 interrupted.
"""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any

import click

from sim._version import __version__

__all__ = ["main"]

#: Verb → what it does, in the order of the help page.  Each is a file of this folder.
VERBS = {
    "run": "Run a scenario and say what came out.",
    "check": "Check a scenario and name every fault in it.",
    "show": "Show a scenario as it is understood.",
    "summary": "Print the summary of a result.",
    "score": "Score a result against what was observed.",
    "decide": "Apply an electoral rule to votes or ballots.",
    "fit": "Fit a scenario's baseline to results, turnouts and polls.",
    "calibrate": "Find what figures say about parameters with a prior.",
    "fit-panel": "Fit the sizes of swings to a panel of earlier votes.",
    "fit-survey": "Estimate logit coefficients from respondents of a survey.",
    "report": "Write a result as one HTML page.",
    "rerun": "Run the scenario inside a result again and compare every number.",
    "list": "List the parts from which a scenario is made.",
    "schema": "Print the JSON Schema of scenario files.",
}

REPORT = "please report it with the lines above"

BUG = 3
INTERRUPTED = 130


class Verbs(click.Group):
    """Loads a verb's file only when the verb is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the verbs in the order of the help page."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one verb."""
        if cmd_name not in VERBS:
            return None
        command: click.Command = importlib.import_module(f"sim.cli.{cmd_name.replace('-', '_')}").command
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Suggest the nearest verb where there is none of that name."""
        if args and args[0] not in VERBS and not args[0].startswith("-"):
            import difflib

            near = difflib.get_close_matches(args[0], VERBS, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            ctx.fail(f"there is no command {args[0]!r}{hint} (commands: {', '.join(VERBS)})")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of verbs without loading them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(VERBS.items()))


HELP = """Simulate elections end to end, thousands to millions of times.

\b
sim run scenarios/kazakhstan-2022/baseline.yaml --out kz.nc
sim report kz.nc
"""


@click.group(cls=Verbs, help=HELP, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="sailau")
def cli() -> None:
    """Find the verb."""


def main(args: list[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    sys.exit(_guarded(args))


def _guarded(args: list[str] | None) -> int:
    from sim.errors import InterruptedRun, SimError

    try:
        code = cli.main(args=args, prog_name="sim", standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help())
        return 0
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except InterruptedRun as error:
        return _told(str(error), INTERRUPTED)
    except SimError as error:
        return _told(str(error), 1)
    except (KeyboardInterrupt, click.Abort):
        return _told("interrupted", INTERRUPTED)
    except (BrokenPipeError, SystemExit):
        # Who reads our output has gone ('| head'): click ends with SystemExit, flushing with BrokenPipeError.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0
    except MemoryError:
        return _told("out of memory; take fewer draws, or write to a file with '--out'", 1)
    except Exception:
        import traceback

        traceback.print_exc()
        return _told(f"this is a bug of sailau {__version__} or of a part, not of your input; {REPORT}", BUG)


def _told(message: str, code: int) -> int:
    click.echo(f"sim: {message}", err=True)
    return code


if __name__ == "__main__":
    main()
