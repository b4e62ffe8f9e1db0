"""One frozen set of settings: flags, ``BURSAR_*`` variables, ``bursar.toml``, defaults, in this order (dependencies 6.2)."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from bursar.domain.policy import CHOICES, DEFAULT, Policy

DEFAULT_PORT = 8090


class Wire(BaseModel):
    """Switches for what nobody has checked on the real service (contract README)."""

    accounting_401: Literal["both", "live"] = "both"
    accounting_errors: Literal["classic", "grpc"] = "classic"
    date_max: Literal["inclusive", "exclusive"] = "inclusive"
    put_phases: Literal["documents", "all"] = "documents"


class Smtp(BaseModel):
    """Where mails go; without a host they are caught in the data directory."""

    host: str = ""
    port: int = Field(default=587, ge=1, le=65535)
    username: str = ""
    password: str = Field(default="", repr=False)
    sender: str = "bursar@localhost"
    tls: Literal["starttls", "tls", "none"] = "starttls"


class Settings(BaseSettings):
    """Everything a server can be told; nested keys use ``__`` in variables (``BURSAR_POLICY__ROUNDING``)."""

    model_config = SettingsConfigDict(
        env_prefix="BURSAR_", env_nested_delimiter="__", frozen=True, extra="ignore", toml_file="bursar.toml", env_ignore_empty=True
    )

    data: Path = Path("bursar_data")
    host: str = "127.0.0.1"
    port: int = Field(default=DEFAULT_PORT, ge=0, le=65535)
    database_url: str = Field(default="", repr=False)
    public_url: str = ""
    demo: bool = False
    workers: int = Field(default=1, ge=1, le=64)
    group_commit: bool = True
    body_limit: int = Field(default=1_048_576, ge=1024)
    upload_limit: int = Field(default=10_485_760, ge=1024)
    trusted_proxies: str = ""
    allow_http_localhost: bool = False
    login_limits: bool = True
    log: Literal["json", "text", "off"] = "json"
    secret_key: str = Field(default="", repr=False)
    policy: dict[str, str | int | bool] = Field(default_factory=dict)
    wire: Wire = Wire()
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
        """Read flags first, then variables, then secret files, then ``bursar.toml``."""
        del dotenv_settings
        return init_settings, env_settings, file_secret_settings, TomlConfigSettingsSource(settings_cls)

    def chosen_policy(self) -> Policy:
        """Return the policy table in force."""
        return DEFAULT._replace(**self.policy)  # type: ignore[arg-type]  # the validator leaves allowed values only

    @property
    def postgres(self) -> bool:
        """Whether the books are kept in PostgreSQL."""
        return bool(self.database_url)
