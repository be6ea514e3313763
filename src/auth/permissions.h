#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::auth {

/// What an operation takes to be called. Which operation takes which is said where it is described.
enum class Permission : std::uint8_t {
  read,   ///< Look at what the tenant has. Changes nothing.
  query,  ///< Run SQL on it.
  write,  ///< Upload, change, sync, delete; keep the result of a query.
  admin,  ///< People, invitations, tokens, the audit log.
};

/// What a person is in a tenant: each may what the one before it may, and more.
enum class Role : std::uint8_t { viewer, editor, owner };

/// A set of permissions: what whoever asks may do. A value; cheap to copy.
class Permissions {
 public:
  constexpr Permissions() = default;  ///< None.
  static Permissions all();
  /// `read` and `query`: what changes nothing.
  static Permissions reading();
  /// Those of a role: the table in permissions.cc.
  static Permissions of(Role role);

  constexpr bool has(Permission permission) const { return (bits_ & bit(permission)) != 0; }
  constexpr bool is_empty() const { return bits_ == 0; }
  constexpr Permissions with(Permission permission) const {
    return Permissions(static_cast<std::uint8_t>(bits_ | bit(permission)));
  }
  /// What both have.
  constexpr Permissions within(Permissions other) const {
    return Permissions(static_cast<std::uint8_t>(bits_ & other.bits_));
  }
  constexpr bool operator==(const Permissions&) const = default;

 private:
  explicit constexpr Permissions(std::uint8_t bits) : bits_(bits) {}
  static constexpr std::uint8_t bit(Permission permission) {
    return static_cast<std::uint8_t>(1U << static_cast<unsigned>(permission));
  }
  std::uint8_t bits_ = 0;
};

/// The words of scopes are those of permissions: they stand in stored tokens and in the API.
std::string_view name_of(Permission permission);
std::optional<Permission> parse_permission(std::string_view name);
std::string_view name_of(Role role);
std::optional<Role> parse_role(std::string_view name);

/// `read query`: in the order of the table, with blanks between.
std::string to_scopes(Permissions permissions);
/// The reverse. A word that is not known grants nothing: a newer Sluice may have written it.
Permissions parse_scopes(std::string_view words);

}  // namespace sluice::auth
