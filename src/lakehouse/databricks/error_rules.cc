#include "lakehouse/databricks/error_rules.h"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/ascii.h"

namespace sluice::lakehouse::databricks {
namespace {

constexpr ErrorDecision undecided = defect("nobody has decided on it");

using Found = const ErrorDecision*;

/// Tables of names, ready to be asked. What it points to lives as long as the process.
class Names {
 public:
  explicit Names(std::initializer_list<std::span<const ErrorClasses>> tables) {
    for (const std::span<const ErrorClasses> table : tables) {
      for (const ErrorClasses& group : table) add(group);
    }
    // The longest first: the nearest is meant.
    std::stable_sort(prefixes_.begin(), prefixes_.end(), [](const auto& left, const auto& right) {
      return left.first.size() > right.first.size();
    });
  }

  Found exact(std::string_view name) const {
    const auto found = exact_.find(name);
    return found == exact_.end() ? nullptr : found->second;
  }

  Found by_prefix(std::string_view name) const {
    for (const auto& [prefix, decision] : prefixes_) {
      if (name.starts_with(prefix)) return decision;
    }
    return nullptr;
  }

  /// Of `A.B.C` the whole, then what it is a case of (`A.B`, `A`), then a case's own name (`B`).
  Found with_parts(std::string_view name) const {
    for (std::string_view whole = name;; whole = whole.substr(0, whole.rfind('.'))) {
      if (const Found found = exact(whole)) return found;
      if (whole.find('.') == whole.npos) break;
    }
    for (std::size_t dot = name.find('.'); dot != name.npos; dot = name.find('.', dot + 1)) {
      const std::string_view rest = name.substr(dot + 1);
      if (const Found found = exact(rest.substr(0, rest.find('.')))) return found;
    }
    return nullptr;
  }

 private:
  void add(const ErrorClasses& group) {
    std::string_view rest = group.names;
    while (true) {
      rest.remove_prefix(std::min(rest.find_first_not_of(" \n"), rest.size()));
      if (rest.empty()) return;
      std::string_view name = rest.substr(0, rest.find_first_of(" \n"));
      rest.remove_prefix(name.size());
      if (!name.ends_with('*')) {
        exact_.emplace(name, &group.decision);
        continue;
      }
      name.remove_suffix(1);
      prefixes_.emplace_back(name, &group.decision);
    }
  }

  std::unordered_map<std::string_view, Found> exact_;
  std::vector<std::pair<std::string_view, Found>> prefixes_;
};

/// In small letters, and without what stands in quotes.
std::string plain_words(std::string_view message) {
  std::string plain;
  for (std::size_t at = 0; at < message.size(); ++at) {
    const char c = message[at];
    const bool is_quote = c == '\'' || c == '"' || c == '`';
    // Not the apostrophe of "doesn't".
    const bool opens = is_quote && (at == 0 || !is_alphanumeric(message[at - 1]));
    std::size_t end = opens ? message.find(c, at + 1) : message.npos;
    while (end != message.npos && end + 1 < message.size() && is_alphanumeric(message[end + 1])) {
      end = message.find(c, end + 1);
    }
    plain += to_lower(c);
    if (end != message.npos) at = end;
  }
  return plain;
}

Found by_words(const ApiError& error) {
  const std::string message = plain_words(error.message);
  for (const ErrorWords& rule : error_words()) {
    const bool has_code = rule.code.empty() || error.code == rule.code;
    const bool has_words =
        message.find(rule.words) != message.npos && message.find(rule.also) != message.npos;
    if (has_code && has_words) return &rule.decision;
  }
  return nullptr;
}

Found by_ending_of(std::string_view code) {
  for (const ErrorClasses& group : endings_of_classes()) {
    for (std::string_view rest = group.names; !rest.empty();) {
      const std::string_view ending = rest.substr(0, rest.find(' '));
      if (code.ends_with(ending)) return &group.decision;
      rest.remove_prefix(std::min(ending.size() + 1, rest.size()));
    }
  }
  return nullptr;
}

/// Of `A.B`, or of what it is a case of.
Found by_ending(std::string_view code) {
  const Found found = by_ending_of(code);
  return found != nullptr ? found : by_ending_of(code.substr(0, code.find('.')));
}

/// `permissionDenied`, `Permission Denied`, `permission-denied`: as PERMISSION_DENIED.
std::string in_capitals(std::string_view code) {
  std::string name;
  for (std::size_t at = 0; at < code.size(); ++at) {
    const char c = code[at];
    if (at > 0 && is_upper(c) && is_lower(code[at - 1])) name += '_';
    const char upper = is_lower(c) ? static_cast<char>(c - 'a' + 'A') : c;
    name += c == ' ' || c == '-' ? '_' : upper;
  }
  return name;
}

/// A task or a file "failed", which passes now and then; the storage's refusal behind it does not.
bool hides_the_cause(const ErrorDecision& decision) {
  return decision.move == FailureClass::transient && decision.code == Code::databricks_unavailable;
}

/// By all but the status.
Ruling by_what_is_said(const ApiError& error) {
  static const Names known{delta_classes(), unsent_delta_classes(), spark_classes()};
  static const Names general{general_classes()};
  static const Names states{sql_states()};
  if (const Found found = known.with_parts(error.code)) {
    const Found cause = hides_the_cause(*found) ? by_words(error) : nullptr;
    if (cause != nullptr && cause->code == Code::databricks_storage) {
      return {cause, RuleKind::words};
    }
    return {found, RuleKind::name};
  }
  if (const Found found = known.by_prefix(error.code)) return {found, RuleKind::prefix};
  if (const Found found = by_words(error)) return {found, RuleKind::words};
  if (const Found found = general.with_parts(error.code)) return {found, RuleKind::general_name};
  if (const Found found = states.exact(error.sql_state)) return {found, RuleKind::sql_state};
  if (const Found found = states.by_prefix(error.sql_state)) return {found, RuleKind::sql_state};
  if (const Found found = by_ending(error.code)) return {found, RuleKind::ending};
  return {nullptr, RuleKind::none};
}

/// As it is written, then in the writing of the tables.
Ruling by_any_writing(const ApiError& error) {
  const Ruling as_written = by_what_is_said(error);
  if (as_written.decision != nullptr) return as_written;
  ApiError rewritten = error;
  rewritten.code = in_capitals(error.code);
  return rewritten.code == error.code ? as_written : by_what_is_said(rewritten);
}

/// Of a page that no API made: 403 and the like are a gate's, the others say that nobody is there.
const Names& statuses_of(const ApiError& error) {
  static const Names of_the_api{http_statuses()};
  static const Names of_pages{page_statuses()};
  const bool is_page = error.code == html_page && of_pages.exact(std::to_string(error.status));
  return is_page ? of_pages : of_the_api;
}

/// 501 and 505 are of what it never does.
bool means_later(int status) {
  return status == 408 || status == 429 || (status >= 500 && status != 501 && status != 505);
}

}  // namespace

std::string_view name_of(RuleKind kind) {
  constexpr std::array names{"name",     "prefix", "words",  "general name",
                             "SQLSTATE", "ending", "status", "none"};
  return names.at(static_cast<std::size_t>(kind));
}

Ruling ruling_on(const ApiError& error) {
  const Names& statuses = statuses_of(error);
  const Ruling said = by_any_writing(error);
  // A quota that is used up comes as 429 too, and no waiting helps.
  const bool may_say =
      !means_later(error.status) ||
      (said.decision != nullptr && (said.decision->move == FailureClass::transient ||
                                    said.decision->code == Code::databricks_quota));
  if (may_say && said.decision != nullptr) return said;
  const std::string status = std::to_string(error.status);
  if (const Found found = statuses.exact(status)) return {found, RuleKind::status};
  if (const Found found = statuses.by_prefix(status)) return {found, RuleKind::status};
  return {&undecided, RuleKind::none};
}

}  // namespace sluice::lakehouse::databricks
