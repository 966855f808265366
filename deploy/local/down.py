"""`make down`: end all processes of this clone's systems, also those that outlived their supervisor."""

from testkit.servers.layout import REPOSITORY
from testkit.servers.system_processes import end_processes


def main() -> None:
    """End every process whose state is under .run/, and print their names."""
    ended = end_processes(REPOSITORY / ".run")
    if ended:
        print(f"Ended {len(ended)} processes: {', '.join(sorted(set(ended)))}.")
    else:
        print("Nothing of this system is running.")


if __name__ == "__main__":
    main()
