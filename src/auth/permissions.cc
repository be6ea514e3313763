#include "auth/permissions.h"

#include <algorithm>

namespace sluice::auth {
namespace {

/// The one table of who may what: a token of the scope has its permission, and a person whose role
/// is this one or a higher one.
struct Row {
  Permission permission;
  std::string_view scope;
  Role least;
};

constexpr Row table[] = {{Permission::read, "read", Role::viewer},
                         {Permission::query, "query", Role::viewer},
                         {Permission::write, "write", Role::editor},
                         {Permission::admin, "admin", Role::owner}};

constexpr std::string_view role_names[] = {"viewer", "editor", "owner"};

}  // namespace

Permissions Permissions::all() { return of(Role::owner); }

Permissions Permissions::reading() { return of(Role::viewer); }

Permissions Permissions::of(Role role) {
  Permissions all;
  for (const Row& row : table) {
    if (row.least <= role) all = all.with(row.permission);
  }
  return all;
}

std::string_view name_of(Permission permission) {
  for (const Row& row : table) {
    if (row.permission == permission) return row.scope;
  }
  return "";
}

std::optional<Permission> parse_permission(std::string_view name) {
  for (const Row& row : table) {
    if (row.scope == name) return row.permission;
  }
  return std::nullopt;
}

std::string_view name_of(Role role) { return role_names[static_cast<std::size_t>(role)]; }

std::optional<Role> parse_role(std::string_view name) {
  const auto* found = std::find(std::begin(role_names), std::end(role_names), name);
  if (found == std::end(role_names)) return std::nullopt;
  return static_cast<Role>(found - std::begin(role_names));
}

std::string to_scopes(Permissions permissions) {
  std::string words;
  for (const Row& row : table) {
    if (!permissions.has(row.permission)) continue;
    words += (words.empty() ? "" : " ") + std::string(row.scope);
  }
  return words;
}

Permissions parse_scopes(std::string_view words) {
  Permissions permissions;
  while (!words.empty()) {
    const std::size_t end = std::min(words.find(' '), words.size());
    if (const auto permission = parse_permission(words.substr(0, end))) {
      permissions = permissions.with(*permission);
    }
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return permissions;
}

}  // namespace sluice::auth
