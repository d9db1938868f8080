"""The files that a command line names: which are read, which are written, and no two of those the same."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any, ClassVar

from solver.command_line import usage_error
from solver.form.writing import same_file, try_to_write


class _Named(argparse.Action):
    """A file, noted under the name that its argument has on the command line."""

    kind: ClassVar[str]

    def __init__(self, *names: Any, **stated: Any) -> None:
        super().__init__(*names, **{**stated, "type": Path})

    def __call__(self, parser: Any, namespace: argparse.Namespace, values: Any, option_string: Any = None) -> None:
        setattr(namespace, self.dest, values)
        name = "/".join(self.option_strings) or str(self.metavar)
        setattr(namespace, self.kind, {**getattr(namespace, self.kind, {}), name: values})


class Reads(_Named):
    """A file that a command reads."""

    kind = "files_read"


class Writes(_Named):
    """A file that a command writes."""

    kind = "files_written"


def refuse_outputs(arguments: argparse.Namespace) -> None:
    """Before any work: an output over an input or another output, and one that cannot be written.  Raises: Bad."""
    taken: dict[str, Path] = dict(getattr(arguments, Reads.kind, {}))
    written: dict[str, Path] = getattr(arguments, Writes.kind, {})
    for name, path in written.items():
        for other, known in taken.items():
            if same_file(path, known):
                raise usage_error(arguments, name, f"{path}: {other} names the same file; it must be another")
        taken[name] = path
    for name, path in written.items():
        try:
            try_to_write(path)
        except OSError as error:
            raise usage_error(arguments, name, f"{path}: {error.strerror}") from None


def write_and_say(result: Any, path: Path | None) -> None:
    """Write a result where a file was named for it, and say so."""
    from solver.form.reading import write_json

    if path is not None:
        write_json(result, path)
        sys.stderr.write(f"written to {path}\n")
