"""What sealing and matching cost, in microseconds a call: best of ten rounds on one core.

Run: python benchmarks/sealing.py. Last figures (CPython 3.11, one core of a shared two-core machine) stand beside each.
"""

import sys
import tempfile
import timeit
from collections.abc import Callable
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from fac.crypto.blind_index import BlindIndex
from fac.crypto.envelope import Binding, Vault
from fac.crypto.keys import FileRoot, KeyRing, new_key_rows
from fac.crypto.mac import AuditMac
from fac.domain.identity import IdentityFacts, match_terms, profile, score
from fac.domain.ids import new_id
from fac.domain.vocabulary import InfoClass

ROUNDS = 10


def report(name: str, call: Callable[[], object], times: int = 10_000) -> None:
    """Print the best round of ``call``."""
    best = min(timeit.repeat(call, number=times, repeat=ROUNDS)) / times
    print(f"{name:<28}{best * 1e6:8.2f} us")


def main() -> None:
    """Measure everything once."""
    with tempfile.TemporaryDirectory() as folder:
        FileRoot.create(Path(folder) / "root")
        root = FileRoot(Path(folder) / "root", "test")
        ring = KeyRing.open(new_key_rows(root), root)
    vault, index, mac = Vault(ring), BlindIndex(ring), AuditMac(ring)
    incident_id, row_id, subject_id = new_id(), new_id(), new_id()
    key = vault.new_key(InfoClass.identity, incident_id, subject_id)
    binding = Binding(incident_id, "persons", InfoClass.identity, row_id, subject_id)
    values = {"given_name": "Maria", "family_name": "de la Cruz", "born_on": "1980-02-03", "alias": None}
    blob = vault.seal(key, binding, values)  # type: ignore[arg-type]
    opener = vault.opener(incident_id, "persons", InfoClass.identity)
    facts = IdentityFacts("María José", "García López", born_on=date(1980, 3, 4), phones=("202-555-0123",))
    known, terms = profile(facts), match_terms(facts)
    token = index.tokens(incident_id, subject_id, terms)[0]
    pointer = index.seal_pointer(incident_id, token, subject_id)

    report("Vault.open", lambda: vault.open(key, binding, blob))  # 5.5
    report("Opener.open", lambda: opener.open(1, 1, key.blob, row_id, subject_id, blob))  # 4.8
    report("Vault.seal", lambda: vault.seal(key, binding, values))  # type: ignore[arg-type]  # 6.3
    report("Vault.new_key", lambda: vault.new_key(InfoClass.identity, incident_id, subject_id))  # 3.4
    report("AuditMac.tag, 8 parts", lambda: mac.tag([b"x" * 16] * 8))  # 2.6
    report(f"BlindIndex.tokens, {len(terms)} terms", lambda: index.tokens(incident_id, subject_id, terms))  # 8.8
    report("BlindIndex.open_pointer", lambda: index.open_pointer(incident_id, token, pointer))  # 2.2
    report("match_terms", lambda: match_terms(facts), 1_000)  # 81
    report("score of two profiles", lambda: score(known, known), 1_000)  # 5.2


if __name__ == "__main__":
    main()
