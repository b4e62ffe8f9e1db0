"""One frozen set of settings, the same word everywhere.

In this order: flag, ``BURSAR_*`` variable, file named by ``BURSAR_*_FILE``, ``DATABASE_URL`` and ``PORT`` as hosting
services set them, ``bursar.toml``, default.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from bursar.domain.policy import CHOICES, DEFAULT, Policy

if TYPE_CHECKING:
    from collections.abc import Iterator

DEFAULT_PORT = 8090
HERE = Path("bursar_data")
PREFIX = "BURSAR_"


def data_directory(given: dict[str, Any]) -> Path:
    """Choose where the books are: the directory at hand when there is one or for a demo, else the platform's."""
    if given.get("demo") or HERE.is_dir():
        return HERE
    from platformdirs import user_data_path  # noqa: PLC0415 - rarely asked

    return user_data_path("bursar")


class Wire(BaseModel):
    """Switches for what nobody has checked on the real service (contract README)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    accounting_401: Literal["both", "live"] = "both"
    accounting_errors: Literal["classic", "grpc"] = "classic"
    date_max: Literal["inclusive", "exclusive"] = "inclusive"
    put_phases: Literal["documents", "all"] = "documents"
    time_entry_put: Literal["replace", "merge"] = "replace"


class Events(BaseModel):
    """Which events are raised beyond what is certain (contract README)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    derived: Literal["off", "on"] = "off"


class Scopes(BaseModel):
    """Which scopes open what (contract README)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    events: Literal["both", "seed", "per_event"] = "both"


class OAuth(BaseModel):
    """What sign-in allows beyond what the real service does (contract README)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    allow_http_localhost: bool = False


class Deliveries(BaseModel):
    """How webhooks are delivered (platform 9.5).

    ``in_serve`` False leaves it to ``bursar work``; ``retries_s`` are the waits after each failure; ``at_once`` bounds what one process has
    under way.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    in_serve: bool = True
    timeout_s: float = Field(default=10, gt=0, le=300)
    retries_s: tuple[float, ...] = (60, 300, 1_800, 7_200, 43_200)
    at_once: int = Field(default=32, ge=1, le=1_000)


class Limits(BaseModel):
    """How many calls a token may make (platform section 11); 0 is no limit. Redis counts for several servers together."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    per_minute: int = Field(default=600, ge=0)
    accounting_post_per_minute: int = Field(default=250, ge=0)
    window_s: int = Field(default=60, ge=1, le=3600)
    redis_url: str = Field(default="", repr=False, pattern=r"^(rediss?://|redis\+unix://).+|^$")


UNLIMITED = Limits(per_minute=0, accounting_post_per_minute=0)


class Smtp(BaseModel):
    """Where mails go; without a host they are caught in the data directory."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str = ""
    port: int = Field(default=587, ge=1, le=65535)
    username: str = ""
    password: str = Field(default="", repr=False)
    sender: str = "bursar@localhost"
    tls: Literal["starttls", "tls", "none"] = "starttls"


class Settings(BaseSettings):
    """Everything a server can be told; in variables nested keys use ``__`` (``BURSAR_POLICY__ROUNDING``), or ``_`` as in the contract."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", frozen=True, extra="forbid", env_ignore_empty=True, validate_default=True
    )

    surroundings: ClassVar[bool] = True
    """Whether variables and files are read, or only what is given."""

    demo: bool = False
    config: Path = Path("bursar.toml")
    data: Path = Field(default_factory=data_directory)
    host: str = "127.0.0.1"
    port: int = Field(default=DEFAULT_PORT, ge=0, le=65535)
    database_url: str = Field(default="", repr=False)
    public_url: str = ""
    workers: int = Field(default=1, ge=1, le=64)
    group_commit: bool = True
    body_limit: int = Field(default=1_048_576, ge=1024)
    upload_limit: int = Field(default=10_485_760, ge=1024)
    trusted_proxies: str = ""
    allow_private_targets: bool = Field(default_factory=lambda given: bool(given.get("demo")))
    login_limits: bool = True
    fault: tuple[str, ...] = ()
    fault_seed: int = 1
    log: Literal["json", "text", "off"] = "json"
    metrics_token: str = Field(default="", repr=False)
    secret_key: str = Field(default="", repr=False)
    policy: dict[str, str | int | bool] = Field(default_factory=dict)
    oauth: OAuth = OAuth()
    events: Events = Events()
    scopes: Scopes = Scopes()
    deliveries: Deliveries = Deliveries()
    wire: Wire = Wire()
    limits: Limits = Limits()
    smtp: Smtp = Smtp()

    @field_validator("policy")
    @classmethod
    def _policy_is_known(cls, given: dict[str, str | int | bool]) -> dict[str, str | int | bool]:
        chosen: dict[str, str | int | bool] = {}
        for name, value in given.items():
            match = next((choice for choice in CHOICES.get(name, ()) if str(choice).lower() == str(value).lower()), None)
            if match is None:
                allowed = ", ".join(map(str, CHOICES.get(name, ())))
                raise ValueError(f"policy.{name} cannot be {value!r}; it may be {allowed or 'nothing: there is no such policy'}")
            chosen[name] = match
        return chosen

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Put the sources in order; a name in ``bursar.toml`` that is no setting is an error, not a silence."""
        del dotenv_settings, file_secret_settings
        if not cls.surroundings:
            return (init_settings,)
        assert isinstance(env_settings, EnvSettingsSource), "it was not replaced"
        env_settings.env_vars = {name: value for name, value in env_settings.env_vars.items() if not name.endswith("_file")}
        config = Path(init_settings().get("config") or os.environ.get(f"{PREFIX}CONFIG") or cls.model_fields["config"].default)
        return init_settings, env_settings, _Elsewhere(settings_cls), TomlConfigSettingsSource(settings_cls, toml_file=config)

    def chosen_policy(self) -> Policy:
        """Return the policy table in force."""
        return DEFAULT._replace(**self.policy)  # type: ignore[arg-type]  # the validator leaves allowed values only

    @property
    def postgres(self) -> bool:
        """Whether the books are kept in PostgreSQL."""
        return bool(self.database_url)


class _Elsewhere(EnvSettingsSource):
    """Variables under other names.

    ``BURSAR_X_FILE`` names the file that holds X, nested keys may have one ``_`` before them, hosting services set two of
    their own.
    """

    def __init__(self, settings_cls: type[BaseSettings]) -> None:
        super().__init__(settings_cls)
        hosted = {"DATABASE_URL": "bursar_database_url", "PORT": "bursar_port"}
        found = {ours: os.environ[theirs] for theirs, ours in hosted.items() if os.environ.get(theirs)}
        nested = dict(_nested(settings_cls))
        for name, value in os.environ.items():
            plain = name.removesuffix("_FILE").lower()
            if name.startswith(PREFIX) and name.endswith("_FILE"):
                found[nested.get(plain, plain)] = Path(value).read_text(encoding="utf-8").strip()
            elif plain in nested and value:
                found[nested[plain]] = value
        self.env_vars = found


def _nested(settings_cls: type[BaseSettings]) -> Iterator[tuple[str, str]]:
    """Yield the variables of nested keys as the contract spells them, each with our own spelling."""
    for group, field in settings_cls.model_fields.items():
        keys = CHOICES if group == "policy" else getattr(field.annotation, "model_fields", ())
        yield from ((f"{PREFIX}{group}_{key}".lower(), f"{PREFIX}{group}__{key}".lower()) for key in keys)
