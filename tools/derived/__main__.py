"""`make derived`: write what is derived from code."""

from tools.derived import files, outdated


def main() -> None:
    """Write what is out of date, and say which files they were."""
    for path in outdated():
        path.write_text(files()[path], "utf-8")
        print(f"wrote {path.name}")


if __name__ == "__main__":
    main()
