"""Further switches of the kinds that hard_table.py has: other statuses, words, letters and pages for the same refusals.

Where a form was read somewhere, that stands beside it; the others are of the same make.
"""

from hard_table import ANY_STATEMENT, NO_TOKEN, REFUSED, Switch, failed, refused
from sign_in import CLIENT, ENTRA
from ways import with_class

WRITES = "OVERWRITE|REPLACE"
EVERYWHERE = "^/(api|oidc)"
OAUTH = {**NO_TOKEN, "DATABRICKS_CLIENT_ID": CLIENT[0], "DATABRICKS_CLIENT_SECRET": CLIENT[1]}
BY_ENTRA = {**NO_TOKEN, "ARM_TENANT_ID": ENTRA[0], "ARM_CLIENT_ID": ENTRA[1], "ARM_CLIENT_SECRET": ENTRA[2], "ARM_LOGIN_HOST": "{host}"}
ACL = "Source IP address: 203.0.113.7 is blocked by Databricks IP ACL for account"
# Logs of several public projects on the Free Edition.
FREE = "You've hit the limit for serverless compute for free usage. Stop or delete existing serverless compute to free up capacity."
# Of a catalog whose credential is not ready: several public runbooks.
CREDENTIAL = "PERMISSION_DENIED: Access denied. Cause: 403 Forbidden error from cloud storage provider. credentialName = None"
SLOW = "[TASK_WRITE_FAILED] Task failed: Please reduce your request rate. (Service: Amazon S3; Status Code: 503; Error Code: SlowDown)"
METASTORE_QUOTA = with_class("QUOTA_EXCEEDED.UC_RESOURCE_QUOTA_EXCEEDED", "Cannot create 1 Table(s) in Metastore 29148bb9 (estimated count: 523, limit: 500).")
# JetBrains/azure-tools-for-intellij#283.
EXPIRED = '{"error":"invalid_client","error_description":"AADSTS7000222: The provided client secret keys are expired.\\r\\nTrace ID: 9b55ca53"}'


def page(status, title, path=EVERYWHERE, **headers):
    return refused(status, "", "", path=path, text=f"<!doctype html><html><head><title>{title}</title></head></html>", headers=headers)


def once(fault, count=1):
    return {**fault, "count": count}


FURTHER = (
    # What stands between, and from where.
    Switch("a firewall's page", faults=(page(403, "403 Forbidden"),), **REFUSED, remedy="proxy or firewall", in_test=True),
    Switch("a page that says 200", faults=(page(200, "Welcome to our network", "^/api"),), **REFUSED, remedy="proxy or firewall"),
    Switch("a proxy's sign-in page", faults=(page(302, "Moved", Location="https://login.example.com/?from=proxy"),), **REFUSED, remedy="DATABRICKS_HOST"),
    Switch("no workspace at that address", faults=(page(404, "404 Web Site not found"),), **REFUSED, remedy="DATABRICKS_HOST"),
    Switch("an IP access list, in a header alone", faults=(refused(403, "", "", path=EVERYWHERE, text="", headers={"X-Databricks-Reason-Phrase": ACL}),), **REFUSED,
           remedy="IP access list"),
    Switch("an IP access list, as 401", faults=(refused(401, 401, ACL, path=EVERYWHERE),), **REFUSED, remedy="IP access list"),
    # A log of Databricks Apps' has it so.
    Switch("no public access", faults=(refused(403, "", "", path=EVERYWHERE, text='{"X-Databricks-Reason-Phrase":"Public access is not allowed for workspace: 27"}'),),
           **REFUSED, remedy="private link"),
    # Who asks.
    Switch("a principal that is no member", faults=(refused(403, "403", "User x is not a member of workspace 12", path="^/api"),), **REFUSED, remedy="Add our principal"),
    Switch("a code in small letters", faults=(refused(403, "permission_denied", "User lacks it", path="/unity-catalog/"),), **REFUSED, remedy="Grant it"),
    Switch("a secret of Entra's that expired", settings=BY_ENTRA, faults=(refused(401, "", "", path="/oauth2/", text=EXPIRED),),
           first="needs_you", second="right|needs_you", query="right|needs_you", drop="right|needs_you", remedy="has expired"),
    # At each statement of a sync, and at a query's.
    Switch("tokens that end in the middle", settings=OAUTH, faults=tuple(
        {"action": "expire", "method": "POST", "path": ANY_STATEMENT + "$", "body": body} for body in (r"bronze`\.`orders` (USING|BY NAME)", "_clean` (USING|BY NAME)", "SELECT .* LIMIT"))),
    Switch("a token that is refused once", settings=OAUTH, faults=(once(refused(401, 401, "Unauthorized", method="POST", path=ANY_STATEMENT + "$")),)),
    # The workspace, its warehouse, its storage.
    Switch("a disabled workspace", faults=(refused(403, "", "", path=EVERYWHERE, text='{"message":"This workspace is disabled"}'),), **REFUSED, remedy="switch the workspace on"),
    Switch("busy, with Retry-After", faults=(once(refused(503, "TEMPORARILY_UNAVAILABLE", "Busy.", path="/unity-catalog/", retry_after=1), 2),)),
    Switch("a warehouse that was deleted", faults=(refused(404, "RESOURCE_DOES_NOT_EXIST", "SQL warehouse x does not exist.", method="POST", path=ANY_STATEMENT + "$"),),
           first="needs_you", second="needs_you", query="needs_you", remedy="DATABRICKS_WAREHOUSE_ID"),
    Switch("the Free Edition's compute in use", faults=(refused(429, "RESOURCE_EXHAUSTED", FREE, method="POST", path=ANY_STATEMENT + "$"),),
           first="needs_you", second="needs_you", query="needs_you", remedy="Stop what else runs"),
    Switch("a quota of tables in the metastore", faults=(failed(METASTORE_QUOTA, "CREATE OR REPLACE"),), first="needs_you", remedy="quota of tables in a metastore than 500"),
    Switch("a catalog bound read-only", faults=(failed("[INSUFFICIENT_PERMISSIONS] Catalog is bound as read-only SQLSTATE: 42501", WRITES),),
           first="needs_you", second="needs_you", remedy="reading and writing"),
    Switch("a storage credential that fails", faults=(failed(CREDENTIAL, WRITES),), first="needs_you", second="needs_you", remedy="storage credential"),
    Switch("storage that slows down", faults=(once(failed(SLOW, WRITES)),)),
    Switch("a conflict without its class", faults=(once(failed("io.delta.exceptions.ConcurrentAppendException: Files were added", WRITES)),)),
    # Results and files.
    Switch("links that expire at once", faults=({"action": "expired-link", "path": "^/_presigned/", "count": None},)),
    Switch("links that are switched off", faults=(refused(400, "FEATURE_DISABLED", "EXTERNAL_LINKS are not enabled here.", method="POST", path=ANY_STATEMENT + "$", body="EXTERNAL_LINKS"),)),
    Switch("parts that are slowed down", faults=(once(refused(503, "", "", method="PUT", path="^/_presigned/", text="<?xml version='1.0'?><Error><Code>SlowDown</Code></Error>"), 3),),
           content="large", called="create-upload-part-urls"),
)
