// `sluice user`: people of an install, written into its database.
#include <termios.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "app/bootstrap.h"
#include "app/error_codes.h"
#include "app/main_support.h"
#include "app/mains.h"
#include "auth/password.h"
#include "base/clock.h"
#include "cli/table.h"
#include "metadata/store.h"

namespace sluice::app {
namespace {

/// While it lives the terminal shows nothing of what is typed.
class NoEcho {
 public:
  NoEcho() {
    is_changed_ = ::tcgetattr(STDIN_FILENO, &before_) == 0;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    is_changed_ = is_changed_ && ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0;
  }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;
  ~NoEcho() {
    if (is_changed_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }

 private:
  termios before_{};
  bool is_changed_ = false;
};

std::string line_of_input() {
  std::string line;
  std::getline(std::cin, line);
  if (!line.empty() && line.back() == '\r') line.pop_back();
  return line;
}

std::string asked(const char* prompt) {
  std::fprintf(stderr, "%s", prompt);
  const NoEcho silent;
  std::string line = line_of_input();
  std::fprintf(stderr, "\n");
  return line;
}

Result<std::string> new_password(std::string_view login) {
  const bool is_typed = ::isatty(STDIN_FILENO) == 1;
  const std::string password = is_typed ? asked("New password: ") : line_of_input();
  TRY(auth::check_new_password(password, login));
  if (is_typed && asked("Again: ") != password) {
    return fail(Errc::invalid_argument, Code::passwords_differ, "The two passwords differ.",
                "Try again.");
  }
  return password;
}

TenantId tenant_of(const UserOptions& options) {
  return {options.tenant.empty() ? "default" : options.tenant};
}

/// The store of the install, and what the command leaves in its audit log.
struct Install {
  SystemClock clock;
  std::unique_ptr<metadata::Store> store;

  Result<void> open(const Settings& settings) {
    TRY_ASSIGN(const DataFolder folder, prepare_data_folder(settings));
    TRY_ASSIGN(store, metadata::Store::open(settings.database_url, clock, store_options(folder)));
    return {};
  }
  Result<void> note(const char* operation, const TenantId& tenant, const std::string& person_id) {
    metadata::AuditEntry entry;
    entry.tenant = tenant;
    entry.operation = operation;
    entry.object_id = person_id;
    entry.result = "ok";
    entry.name = "command line";
    return store->append_audit(std::move(entry));
  }
};

Result<void> ensure_tenant(metadata::Store& store, const TenantId& tenant) {
  return store.ensure_tenant(tenant, tenant.value == "default" ? "Default" : tenant.value);
}

Result<std::string> add(Install& install, const Settings& settings, const UserOptions& options) {
  const auth::Role role = auth::parse_role(options.role).value_or(auth::Role::viewer);
  const TenantId tenant = tenant_of(options);
  TRY_ASSIGN(const std::string login, auth::normal_login(options.login));
  TRY(install.open(settings));
  metadata::Store& store = *install.store;
  TRY_ASSIGN(const std::optional<metadata::PersonRecord> known, store.find_person(login));
  std::string person_id;
  if (known) {
    TRY(ensure_tenant(store, tenant));
    TRY(store.set_membership(known->id, tenant, role));
    person_id = known->id;
  } else {
    TRY_ASSIGN(const std::string password, new_password(login));
    TRY_ASSIGN(const std::string hash, auth::hash_password(password, settings.password_cost));
    TRY(ensure_tenant(store, tenant));
    TRY_ASSIGN(person_id, store.add_person(login, hash, tenant, role));
  }
  TRY(install.note("add_user", tenant, person_id));
  return person_id;
}

Result<void> remove(Install& install, const Settings& settings, const UserOptions& options) {
  const TenantId tenant = tenant_of(options);
  TRY_ASSIGN(const std::string login, auth::normal_login(options.login));
  TRY(install.open(settings));
  TRY_ASSIGN(const std::optional<metadata::PersonRecord> known, install.store->find_person(login));
  TRY(install.store->remove_membership(known ? known->id : "", tenant));
  return install.note("remove_user", tenant, known->id);
}

void print_members(const std::vector<metadata::MemberRecord>& members, bool json) {
  boost::json::array all;
  std::vector<std::vector<std::string>> rows;
  for (const metadata::MemberRecord& member : members) {
    const auto& seen = member.person.last_login_at_us;
    const std::string last_login = seen ? to_rfc3339(*seen) : "";
    const std::string role(auth::name_of(member.membership.role));
    all.push_back(boost::json::object{
        {"id", member.person.id},
        {"login", member.person.login},
        {"tenant", member.membership.tenant.value},
        {"role", role},
        {"created_at", to_rfc3339(member.membership.created_at_us)},
        {"last_login_at", seen ? boost::json::value(last_login) : boost::json::value(nullptr)}});
    rows.push_back({member.person.login, member.membership.tenant.value, role, last_login});
  }
  if (json) {
    std::printf("%s\n", boost::json::serialize(all).c_str());
    return;
  }
  std::cout << cli::render_table({"login", "tenant", "role", "last login"}, rows);
}

}  // namespace

int run_user_add(const Settings& settings, const UserOptions& options) {
  Install install;
  const Result<std::string> person_id = add(install, settings, options);
  if (!person_id) return refuse_start("user", person_id.error());
  if (options.json) {
    std::printf("%s\n",
                boost::json::serialize(
                    boost::json::object{{"id", *person_id},
                                        {"login", auth::normal_login(options.login).value()},
                                        {"tenant", tenant_of(options).value},
                                        {"role", options.role}})
                    .c_str());
  } else {
    std::printf("%s is %s of %s\n", options.login.c_str(), options.role.c_str(),
                tenant_of(options).value.c_str());
  }
  return 0;
}

int run_user_list(const Settings& settings, const UserOptions& options) {
  Install install;
  const Result<void> opened = install.open(settings);
  if (!opened) return refuse_start("user", opened.error());
  const Result<std::vector<metadata::MemberRecord>> members =
      install.store->list_members({options.tenant});
  if (!members) return refuse_start("user", members.error());
  print_members(*members, options.json);
  return 0;
}

int run_user_remove(const Settings& settings, const UserOptions& options) {
  Install install;
  const Result<void> removed = remove(install, settings, options);
  if (!removed) return refuse_start("user", removed.error());
  std::printf("%s is no member of %s any more\n", options.login.c_str(),
              tenant_of(options).value.c_str());
  return 0;
}

}  // namespace sluice::app
