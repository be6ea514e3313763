#include "auth/login_limiter.h"

#include <arpa/inet.h>

#include <algorithm>

#include "base/hash.h"

namespace sluice::auth {
namespace {

/// Names are of any length, and who guesses may send any.
std::string name_key(std::string_view login) { return sha256_hex(login); }

}  // namespace

std::optional<std::int64_t> LoginLimiter::begin(std::string_view address, std::string_view login,
                                                Micros now_us) {
  const std::string from = address_group(address);
  const std::string name = name_key(login);
  const std::lock_guard lock(mutex_);
  const auto of_address = wait_s(addresses_, from, limits_.address, now_us);
  const auto of_name = wait_s(names_, name, limits_.name, now_us);
  if (of_address || of_name) return std::max(of_address.value_or(0), of_name.value_or(0));
  charge(addresses_, from, limits_.address, now_us);
  charge(names_, name, limits_.name, now_us);
  return std::nullopt;
}

void LoginLimiter::succeeded(std::string_view address, std::string_view login) {
  const std::lock_guard lock(mutex_);
  names_.erase(name_key(login));
  const auto found = addresses_.find(address_group(address));
  if (found != addresses_.end()) found->second -= limits_.address.interval_us;
}

std::size_t LoginLimiter::entries() const {
  const std::lock_guard lock(mutex_);
  return names_.size() + addresses_.size();
}

std::optional<std::int64_t> LoginLimiter::wait_s(const Debts& debts, const std::string& key,
                                                 const FailureLimit& limit, Micros now_us) {
  const auto found = debts.find(key);
  if (found == debts.end()) return std::nullopt;
  const Micros over = found->second - now_us - (limit.burst - 1) * limit.interval_us;
  if (over <= 0) return std::nullopt;
  return (over + 999'999) / 1'000'000;
}

void LoginLimiter::charge(Debts& debts, const std::string& key, const FailureLimit& limit,
                          Micros now_us) {
  if (debts.size() >= limits_.entries_max / 2 && debts.find(key) == debts.end()) {
    std::erase_if(debts, [now_us](const auto& entry) { return entry.second <= now_us; });
    // Still full: an attack from everywhere. Who owes least is forgotten.
    if (debts.size() >= limits_.entries_max / 2) {
      debts.erase(std::min_element(debts.begin(), debts.end(), [](const auto& a, const auto& b) {
        return a.second < b.second;
      }));
    }
  }
  Micros& paid_off = debts[key];
  paid_off = std::max(paid_off, now_us) + limit.interval_us;
}

std::string address_group(std::string_view address) {
  in6_addr parsed{};
  const std::string text(address);
  if (::inet_pton(AF_INET6, text.c_str(), &parsed) != 1) return text;
  if (IN6_IS_ADDR_V4MAPPED(&parsed)) return text.substr(text.rfind(':') + 1);
  std::fill(std::begin(parsed.s6_addr) + 8, std::end(parsed.s6_addr), 0);
  char out[INET6_ADDRSTRLEN] = {};
  ::inet_ntop(AF_INET6, &parsed, out, sizeof out);
  return std::string(out) + "/64";
}

}  // namespace sluice::auth
