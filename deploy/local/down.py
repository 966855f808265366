"""`make down`: end whatever runs of this clone's systems, also after a crash of what had started them."""

from testkit.servers.layout import REPOSITORY
from testkit.servers.system_processes import end_processes


def main() -> None:
    """End every process whose state lies under .run/, and say which they were."""
    ended = end_processes(REPOSITORY / ".run")
    if ended:
        print(f"Ended {len(ended)} processes: {', '.join(sorted(set(ended)))}.")
    else:
        print("Nothing of this system is running.")


if __name__ == "__main__":
    main()
