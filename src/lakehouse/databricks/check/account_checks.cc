// Who we are, in which account: sign-in, metastore, the group of the tenant's readers.
#include "lakehouse/databricks/check/check_in_progress.h"
#include "lakehouse/databricks/provisioning.h"
#include "lakehouse/error_codes.h"
#include "lakehouse/medallion/databricks/databricks_sql.h"

namespace sluice::lakehouse::databricks {
namespace {

struct WayToSignIn {
  SignIn kind;
  std::string words;
  std::string name;  ///< Who that is, where the settings say so.
};

WayToSignIn way_of(const Connection& connection) {
  if (!connection.token.empty()) return {SignIn::token, "a token (DATABRICKS_TOKEN)", ""};
  if (is_federated(connection)) {
    return {SignIn::federation,
            connection.federated.token_file.empty()
                ? "another identity provider's token (DATABRICKS_OIDC_TOKEN)"
                : "another identity provider's token in " + connection.federated.token_file +
                      " (DATABRICKS_OIDC_TOKEN_FILEPATH)",
            connection.client_id};
  }
  if (!connection.client_id.empty()) {
    return {SignIn::databricks_oauth, "an OAuth secret of Databricks (DATABRICKS_CLIENT_ID)",
            connection.client_id};
  }
  return {SignIn::entra, "a client secret of Entra ID (ARM_CLIENT_ID)", connection.entra.client_id};
}

/// Where the metastore does not say it: by the host's name.
std::string cloud_of(const std::string& host) {
  if (host.find(".azuredatabricks.net") != std::string::npos) return "azure";
  if (host.find(".gcp.databricks.com") != std::string::npos) return "gcp";
  if (host.find(".cloud.databricks.com") != std::string::npos) return "aws";
  return {};
}

/// Nothing was answered at all, so that it is no single privilege that is lacking.
void refuse_all(CheckInProgress& check, const Error& error) {
  check.add(Topic::sign_in, Verdict::wrong,
            "The workspace refuses every call of ours. " + error.detail, error.remedy);
}

void add_cloud(CheckInProgress& check) {
  const auto& metastore = check.result.metastore;
  const std::string cloud =
      metastore && !metastore->cloud.empty() ? metastore->cloud : cloud_of(check.connection.host);
  const std::string region = metastore ? metastore->region : "";
  if (cloud.empty()) {
    check.add(Topic::cloud, Verdict::ok, "Which cloud it is cannot be seen.");
  } else {
    check.add(Topic::cloud, Verdict::ok, cloud + (region.empty() ? "" : ", " + region) + ".");
  }
}

}  // namespace

bool check_sign_in(CheckInProgress& check) {
  const WayToSignIn way = way_of(check.connection);
  check.result.sign_in = way.kind;
  const Result<Identity> me = check.reads.me();
  if (me) {
    check.me = *me;
    check.add(Topic::sign_in, Verdict::ok, "Signed in as " + me->name + " by " + way.words + ".");
  } else if (is_refused(me.error())) {
    check.me.name = way.name;
    check.add_failed(Topic::sign_in, "Who we are", me.error());
  } else {
    check.add(Topic::sign_in, Verdict::wrong,
              "Signing in by " + way.words + " fails. " + me.error().detail, me.error().remedy);
  }
  check.result.principal = check.me.name;
  return me.has_value() || is_refused(me.error());
}

bool check_metastore(CheckInProgress& check) {
  const Result<MetastoreSummary> found = check.reads.metastore();
  if (found) {
    check.metastore_owner = found->owner;
    check.result.metastore = {found->id, found->name, found->cloud, found->region,
                              found->storage_root};
    add_cloud(check);
    check.add(
        Topic::metastore, Verdict::ok,
        "The metastore " + found->name +
            (found->storage_root.empty() ? " has no root storage of its own."
                                         : " keeps catalogs at " + found->storage_root + "."));
    return true;
  }
  if (found.error().code == Code::databricks_metastore || found.error().kind == Errc::not_found) {
    add_cloud(check);
    check.add(Topic::metastore, Verdict::wrong,
              "The workspace has no metastore, so no Unity Catalog. " + found.error().detail,
              "Have an account administrator assign a metastore to the workspace (account "
              "console, Catalog).");
    return false;
  }
  const Result<std::string> assigned = check.reads.metastore_assigned();
  if (!assigned && check.reads.answered() == 0) {
    refuse_all(check, found.error());
    return false;
  }
  add_cloud(check);
  const bool is_there = assigned && !assigned->empty();
  check.add_failed(Topic::metastore, is_there ? "The metastore " + *assigned : "The metastore",
                   found.error());
  if (is_there) check.result.metastore = CheckedMetastore{*assigned, "", "", "", ""};
  return true;
}

void check_readers(CheckInProgress& check) {
  const std::string group = group_of(check.options.tenant);
  const Result<GroupKind> kind = check.reads.group_kind(group);
  if (!kind) return check.add_failed(Topic::readers, "The group " + group, kind.error());
  if (*kind == GroupKind::unknown) {
    return check.add(Topic::readers, Verdict::ok,
                     "The workspace lists no group " + group +
                         ": where the account has none, nobody else is granted the tables.",
                     "For people to read them, make a group of that name in the account.");
  }
  if (*kind == GroupKind::workspace) {
    return check.add(Topic::readers, Verdict::warning,
                     "The group " + group +
                         " is this workspace's alone; Unity Catalog knows groups of the account.",
                     "Make a group of that name in the account instead.");
  }
  const auto& catalog = check.result.catalog;
  const bool may_grant = !catalog || !catalog->exists || check.is_us(catalog->owner);
  const SecurableName securable{"catalog", catalog ? catalog->name : ""};
  if (may_grant ||
      Privileges(check.reads, check.me).held_by_group(securable, group, "USE_CATALOG") ==
          Held::yes) {
    return check.add(Topic::readers, Verdict::ok, "The group " + group + " may read the tables.");
  }
  const std::string on = "CATALOG " + medallion::databricks_identifier(catalog->name);
  check.add(Topic::readers, Verdict::warning,
            "The group " + group + " is granted the schemas by Sluice; only " + catalog->owner +
                ", whose catalog it is, can let it in.",
            grant_statement({"USE_CATALOG"}, on, group));
}

}  // namespace sluice::lakehouse::databricks
