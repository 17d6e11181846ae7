"""Commands in processes of their own that are begun at once: what they import is imported one time for all of them."""

import os
import sys
from collections.abc import Mapping
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess

from fac import keycare, opening
from fac.cli import main
from fac.jobs.rotation import reauditing, reindexing, resealing

IMPORTED = (keycare, opening, reauditing, reindexing, resealing)


def _run(environ: Mapping[str, str], arguments: tuple[str, ...]) -> None:
    os.environ.clear()
    os.environ.update(environ)
    sys.exit(main(arguments))


def begin(environ: Mapping[str, str], *arguments: str) -> ForkServerProcess:
    """Begin a command; whoever begins it may kill it."""
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__])
    process = context.Process(target=_run, args=(dict(environ), arguments), daemon=True)
    process.start()
    return process
