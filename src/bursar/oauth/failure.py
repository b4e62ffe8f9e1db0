"""What an OAuth client is told when it is refused: codes, statuses and texts (platform 2.9)."""

from __future__ import annotations

from typing import Final, NamedTuple


class Failure(NamedTuple):
    """One refusal; ``state`` is the member that only an invalid token has."""

    status: int
    error: str
    description: str
    state: str = ""

    def body(self) -> dict[str, str]:
        """Write it as the JSON object that clients read."""
        shown = {"error": self.error, "error_description": self.description}
        return {**shown, "state": self.state} if self.state else shown


class Refused(Exception):
    """A request that is turned down before anything was decided."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure)
        self.failure = failure


INVALID_CLIENT: Final = Failure(
    401,
    "invalid_client",
    "Client authentication failed due to unknown client, no client authentication included, or unsupported authentication method.",
)
INVALID_GRANT: Final = Failure(
    400,
    "invalid_grant",
    "The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used in the authorization"
    " request, or was issued to another client.",
)
UNSUPPORTED_GRANT_TYPE: Final = Failure(
    400, "unsupported_grant_type", "The authorization grant type is not supported by the authorization server."
)
MALFORMED: Final = Failure(
    400,
    "invalid_request",
    "The request is missing a required parameter, includes an unsupported parameter value, or is otherwise malformed.",
)
TOO_LARGE: Final = Failure(413, "invalid_request", "The request body is too large.")
WRONG_METHOD: Final = Failure(405, "invalid_request", "The request method is not supported here.")
INVALID_SCOPE: Final = Failure(400, "invalid_scope", "The requested scope is invalid, unknown, or malformed.")
ACCESS_DENIED: Final = Failure(400, "access_denied", "The resource owner or authorization server denied the request.")
UNSUPPORTED_RESPONSE_TYPE: Final = Failure(
    400, "unsupported_response_type", "The authorization server does not support this response type."
)
INVALID_TOKEN: Final = Failure(401, "invalid_token", "The access token is invalid", "unauthorized")
UNAVAILABLE: Final = Failure(
    503,
    "temporarily_unavailable",
    "The authorization server is currently unable to handle the request due to a temporary overloading or maintenance of the server.",
)
BROKEN: Final = Failure(
    500,
    "server_error",
    "The authorization server encountered an unexpected condition which prevented it from fulfilling the request.",
)


def missing(name: str) -> Failure:
    """Refuse a request that lacks a parameter."""
    return Failure(400, "invalid_request", f"Missing required parameter: {name}.")


def wrong(name: str, text: str) -> Failure:
    """Refuse a request whose parameter cannot be what it is."""
    return Failure(400, "invalid_request", f"Invalid parameter: {name} {text}.")
