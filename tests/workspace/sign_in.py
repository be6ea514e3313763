"""Who asks: tokens, the endpoints that give them, and hosts of a whole account."""

import base64
import json
import re
import secrets
import time
import urllib.parse

from refusals import Bad

TOKEN, CLIENT = "dapi-workspace", ("client1", "secret1")
# The administrator's, whom no way and no fault stops: what tests look with, and cure.
ADMIN_TOKEN, ADMIN = "dapi-administrator", "admin@example.com"
WORKSPACE_ID, ACCOUNT_ID = "1234567890123456", "00000000-0000-0000-0000-000000000001"
# A principal of Microsoft Entra ID: tenant, client, secret; and Azure Databricks' own application, whose scope is asked for
# (databricks-sdk-py, azure.py).
ENTRA = ("00000000-0000-0000-0000-00000000aaaa", "00000000-0000-0000-0000-00000000bbbb", "entra~secret")
ENTRA_SCOPE = "2ff814a6-3304-4ab8-85cb-cd0e6f879c1d/.default"
# What a federation policy of the account trusts: issuer, subject, audience, and the principal that it is of.
FEDERATED = {"iss": "https://cluster.example.com", "sub": "system:serviceaccount:sluice:worker", "aud": ACCOUNT_ID}
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
LOGIN_PAGE = "<!doctype html><html><head><title>Databricks - Sign In</title></head><body></body></html>"


class SignIn:
    def __init__(self, token_s):
        self.token_s = token_s
        self._tokens = {}  # Token → its principal, and when it ends.

    def expire(self):
        self._tokens.clear()

    def give(self, principal, token_s=None):
        token, lifetime_s = secrets.token_urlsafe(16), token_s or self.token_s
        self._tokens[token] = (principal, time.monotonic() + lifetime_s)
        return {"access_token": token, "token_type": "Bearer", "expires_in": lifetime_s}

    def is_admin(self, exchange):
        return exchange.headers.get("Authorization") == f"Bearer {ADMIN_TOKEN}"

    def principal_of(self, exchange):
        given = exchange.headers.get("Authorization", "")
        if not given:
            raise Bad(401, "UNAUTHENTICATED", "Credential was not sent or was of an unsupported type for this API.")
        token = given.removeprefix("Bearer ")
        if token in (TOKEN, ADMIN_TOKEN):
            return "token's" if token == TOKEN else ADMIN
        principal, until = self._tokens.get(token, ("", 0))
        if until < time.monotonic():
            raise Bad(403, 403, "Invalid access token.")
        return principal

    def check_workspace(self, exchange):
        """A host of a whole account serves no workspace that is not named; the answer is the login page, as for a browser."""
        if not exchange.space.ways.account_wide or self.is_admin(exchange):
            return
        if exchange.headers.get("X-Databricks-Workspace-Id") != WORKSPACE_ID:
            raise Elsewhere(exchange, "/login.html?next_url=" + urllib.parse.quote(exchange.route))


class Elsewhere(Bad):
    """303, as for a browser."""

    def __init__(self, exchange, place):
        super().__init__(303, "", "", headers={"Location": exchange.origin() + place}, body=LOGIN_PAGE)


def answer(exchange):
    """What is outside `/api/`."""
    route, origin = exchange.route, exchange.origin()
    if route == "/.well-known/databricks-config":
        return described_host(exchange.space.ways.account_wide, origin)
    if route.endswith("/.well-known/oauth-authorization-server"):
        base = origin + route.removesuffix("/.well-known/oauth-authorization-server")
        return {"authorization_endpoint": base + "/v1/authorize", "token_endpoint": base + "/v1/token"}
    if re.fullmatch(r"/oidc(/accounts/[^/]+)?/v1/token", route):
        return databricks_token(exchange)
    if entra := re.search(r"/([^/]+)/oauth2/v2\.0/token$", route):
        return entra_token(exchange, entra[1])
    if route in ("/login.html", "/login"):
        return LOGIN_PAGE
    raise Bad(404, "ENDPOINT_NOT_FOUND", f"No API found for '{exchange.command} {route}'")


def described_host(account_wide, origin):
    """As databricks-sdk-go's config/host_metadata_test.go has it for both kinds of hosts."""
    if not account_wide:
        return {"oidc_endpoint": origin + "/oidc", "account_id": ACCOUNT_ID, "workspace_id": WORKSPACE_ID, "cloud": "AWS", "host_type": "workspace"}
    named = {"workspace_id": WORKSPACE_ID} if account_wide == "named" else {}
    return {"oidc_endpoint": origin + "/oidc/accounts/{account_id}", "account_id": ACCOUNT_ID, **named, "cloud": "AWS", "host_type": "unified"}


def databricks_token(exchange):
    asked = dict(urllib.parse.parse_qsl(exchange.raw.decode()))
    if asked.get("grant_type") == EXCHANGE:
        return exchanged_token(exchange, asked)
    given = exchange.headers.get("Authorization", "").removeprefix("Basic ")
    user, _, secret = base64.b64decode(given).decode().partition(":")
    if (user, secret) != CLIENT:
        # A secret of Entra's is none of Databricks': databrickslabs/brickster#185.
        raise Bad(401, "", "", body={"error": "invalid_client", "error_description": "Client authentication failed"})
    return exchange.space.sign_in.give(user)


def jwt(lifetime_s=3600, **claims):
    """A token of the provider's; a signature is not looked at."""
    payload = {**FEDERATED, "exp": time.time() + lifetime_s, **claims}
    return ".".join(base64.urlsafe_b64encode(text.encode()).decode().rstrip("=") for text in ('{"alg":"RS256"}', json.dumps(payload), "signature"))


def exchanged_token(exchange, asked):
    """RFC 8693, as databricks-sdk-py's oidc.py asks: the principal in the body, and no Authorization."""
    if exchange.headers.get("Authorization") or asked.get("subject_token_type") != "urn:ietf:params:oauth:token-type:jwt" or asked.get("scope") != "all-apis":
        raise Bad(400, "", "", body={"error": "invalid_request", "error_description": "not a token exchange of a JWT"})
    try:
        payload = asked["subject_token"].split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (KeyError, IndexError, ValueError):
        raise Bad(400, "", "", body={"error": "invalid_request", "error_description": "subject_token is no JWT"}) from None
    if any(claims.get(name) != text for name, text in FEDERATED.items()) or claims.get("exp", 0) < time.time() or asked.get("client_id") != CLIENT[0]:
        raise Bad(400, "", "", body={"error": "invalid_grant", "error_description": "no federation policy of the principal takes this token"})
    return exchange.space.sign_in.give(CLIENT[0])


def entra_token(exchange, tenant):
    """login.microsoftonline.com's. Its errors as Azure/azure-databricks' users show them: azure.databricks.cicd.tools#99."""
    asked = dict(urllib.parse.parse_qsl(exchange.raw.decode()))
    if (tenant, asked.get("client_id"), asked.get("client_secret")) != ENTRA:
        raise refused_by_entra(401, "invalid_client", "AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is "
                               "the client secret value, not the client secret ID, for a secret added to app "
                               f"'{asked.get('client_id')}'.")
    if asked.get("grant_type") != "client_credentials":
        raise refused_by_entra(400, "unsupported_grant_type", "AADSTS70003: The app requested an unsupported grant type.")
    if asked.get("scope") != ENTRA_SCOPE:
        raise refused_by_entra(400, "invalid_scope", f"AADSTS1002012: The provided value for scope {asked.get('scope')} is not valid. Client credential "
                               "flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).")
    return {**exchange.space.sign_in.give(ENTRA[1]), "ext_expires_in": exchange.space.sign_in.token_s}


def refused_by_entra(status, error, description):
    return Bad(status, "", "", body={"error": error, "error_description": description})
