"""Every setting with what it may be, at the end of the help of ``bursar serve``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, get_args, get_origin

from typer.core import TyperCommand

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import BaseModel
    from pydantic.fields import FieldInfo

_HEADING: Final = "Settings in bursar.toml; limits.per_minute is BURSAR_LIMITS__PER_MINUTE as a variable"


class WithSettings(TyperCommand):
    """A command whose help ends with the settings."""

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write them, each with its default first."""
        del ctx
        from bursar.settings import Settings

        with formatter.section(_HEADING):
            formatter.write_dl(list(listed(Settings)), col_max=40)


def listed(model: type[BaseModel], before: str = "") -> Iterator[tuple[str, str]]:
    """Yield the keys of a model and of what is inside it, with what each may be, the default first."""
    from bursar.domain.policy import CHOICES, DEFAULT

    for name, field in model.model_fields.items():
        if hasattr(field.annotation, "model_fields"):
            yield from listed(field.annotation, f"{before}{name}.")  # type: ignore[arg-type] # it has the fields of a model
        elif name == "policy":
            yield from ((f"policy.{each}", _chosen(getattr(DEFAULT, each), choices)) for each, choices in CHOICES.items())
        else:
            yield f"{before}{name}", _allowed(field)


def _allowed(field: FieldInfo) -> str:
    if get_origin(field.annotation) is Literal:
        return _chosen(field.default, get_args(field.annotation))
    if field.default_factory is not None:
        return "as the flag says"
    return _words(field.default if isinstance(field.default, tuple) else (field.default,))


def _chosen(default: Any, choices: tuple[Any, ...]) -> str:
    return _words((default, *(each for each in choices if each != default)))


def _words(values: tuple[Any, ...]) -> str:
    return ", ".join(str(value).lower() if isinstance(value, bool) else str(value) for value in values) or "none"
