"""When access is unusual: the rules, and the thresholds they are told by.

What is unusual is a question to ask, not a finding: each rule counts, and a person looks at what was counted. The
thresholds are data (fac/domain/data/unusual_access.csv).
Never: tell a rule that has no threshold.
"""

import csv
from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType

from fac.domain.vocabulary import AccessRule


@cache
def thresholds() -> Mapping[str, int]:
    """Return every threshold as ``rule_setting``; raises ValueError for a rule that is none, or lacks its least."""
    text = (resources.files("fac.domain") / "data" / "unusual_access.csv").read_text(encoding="utf-8")
    found = {
        f"{AccessRule(row['rule'])}_{row['setting']}": int(row["value"])
        for row in csv.DictReader(text.splitlines(), strict=True)
    }
    lacking = [rule for rule in AccessRule if f"{rule}_least" not in found]
    if lacking:
        raise ValueError(f"unusual_access.csv: no least for {', '.join(lacking)}")
    return MappingProxyType(found)
