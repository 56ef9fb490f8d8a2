"""Two small elections, as the text of their files."""

REGIONS = """\
title: A small election
electorate:
  regions:
    - {region: west, name: The West, registered: 50000, registered_sd: 0.05, stations: 5}
    - {region: east, registered: 30000, stations: 3}
    - {region: a, registered: 20, stations: 1}
    - {region: north, registered: 1500, registered_sd: 0.01, stations: 2}
ballot:
  options:
    zeta: {name: Zeta, incumbent: true}
    none: {kind: against_all}
    alpha: {name: Alpha, colour: '#0072B2'}
  invalid: {share: 0.03, swing: {national: 0.3}}
voters:
  baseline: {zeta: 0.5, alpha: 0.4, none: 0.1}
  swing: {national: 0.3, regional: {default: 0.2, a: 0.5}, tails: 5}
turnout: {baseline: 0.6, swing: {national: 0.2, regional: 0.1, with_vote: {zeta: 0.4}}}
rules: {president: {model: two_round, runoff: {turnout: -0.1}}}
run: {draws: 1000, seed: 7}
"""

STATIONS = REGIONS.replace("  regions:\n", "  stations: {size_spread: 0.5}\n  regions:\n", 1).replace(
    "regional: 0.1", "regional: 0.1, station: 0.2"
)
