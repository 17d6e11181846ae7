"""What the contenders' processes have in common: their configuration, and a server on a port of its own.

Never: let one contender have a faster server than another.
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from fac import serving


@dataclass(frozen=True, slots=True)
class Config:
    """Where the data are; ``seeded`` is benchmarks.seed.Seeded as a mapping."""

    dsn: str
    root_file: str
    connections: int
    seeded: dict[str, Any]
    passwords: dict[str, str]  # of the login roles the application connects as
    audits: bool = True  # of the floor only

    def write(self, path: Path) -> Path:
        """Write the configuration to ``path``."""
        path.write_text(json.dumps(asdict(self)), "utf-8")
        path.chmod(0o600)
        return path

    @classmethod
    def read(cls, path: str) -> "Config":
        """Return the configuration in ``path``."""
        return cls(**json.loads(Path(path).read_text("utf-8")))


def run_server(make: Callable[[Config], Awaitable[Any]], path: str) -> None:
    """Serve what ``make`` returns on a free port, which is printed, until SIGTERM."""

    async def main() -> None:
        application = await make(Config.read(path))
        bound = serving.listen("127.0.0.1", 0)
        port = bound.getsockname()[1]
        await serving.serve(application, bound, ready=lambda: print(port, flush=True))

    serving.run(main())
