"""``bursar completion``: what a shell needs to complete commands."""

from __future__ import annotations

import os
from enum import StrEnum
from typing import Annotated

import typer

VARIABLE = "_BURSAR_COMPLETE"


class Shell(StrEnum):
    """The shells it can be done for."""

    bash = "bash"
    zsh = "zsh"
    fish = "fish"
    powershell = "powershell"


def completion(shell: Annotated[Shell, typer.Argument(help="For which shell.")]) -> None:
    """Print a completion script. For bash: eval "$(bursar completion bash)"."""
    from typer._completion_shared import get_completion_script

    typer.echo(get_completion_script(prog_name="bursar", complete_var=VARIABLE, shell=shell))


def answer_shells() -> bool:
    """Let a shell ask, and say whether it is one that called: typer's own option for that would be one more on every help page."""
    if VARIABLE not in os.environ:
        return False
    from typer._completion_classes import completion_init

    completion_init()
    return True
