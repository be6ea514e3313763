// What it takes to know who is asking: token checks per minute of one core, and logins with the
// default cost. `build/release/bench/people/people_bench`: prints its figures.
#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include "accounts/accounts.h"
#include "base/clock.h"
#include "base/ids.h"

namespace sluice::accounts {
namespace {

constexpr int checks = 2'000'000;
constexpr int tokens_count = 100;
constexpr int logins = 100;
const char* const password = "correct horse battery";

double cpu_s() {
  timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

double wall_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

template <typename T>
T must(Result<T> result) {
  if (result) {
    if constexpr (std::is_void_v<T>) {
      return;
    } else {
      return std::move(*result);
    }
  }
  std::fprintf(stderr, "people_bench: %s\n", to_line(result.error()).c_str());
  std::exit(1);
}

double at(std::vector<double> sorted, double part) {
  std::sort(sorted.begin(), sorted.end());
  return sorted[static_cast<std::size_t>(part * static_cast<double>(sorted.size() - 1))];
}

/// The checks of one core: those kept, and each tenth second one that asks the store anew.
void measure_checks(const char* what, Authenticator& authenticator,
                    const std::vector<std::string>& credentials) {
  const double cpu = cpu_s();
  const double wall = wall_s();
  for (int i = 0; i < checks; ++i) {
    if (!authenticator.authenticate(credentials[static_cast<std::size_t>(i) % credentials.size()])) {
      std::fprintf(stderr, "people_bench: a %s was refused\n", what);
      std::exit(1);
    }
  }
  std::printf("%s: %.1f million checks per core-minute (%.2f us each; %.2f s of wall)\n", what,
              checks / (cpu_s() - cpu) * 60 / 1e6, (cpu_s() - cpu) / checks * 1e6, wall_s() - wall);
}

/// Without the cache: each asks the database.
void measure_misses(const char* what, Authenticator& authenticator, const std::string& credential) {
  constexpr int misses = 2'000;
  const double cpu = cpu_s();
  for (int i = 0; i < misses; ++i) {
    authenticator.forget();
    must(authenticator.authenticate(credential));
  }
  std::printf("%s, not kept: %.0f us of a core each\n", what, (cpu_s() - cpu) / misses * 1e6);
}

void measure_logins(Accounts& accounts, int threads_count) {
  std::vector<std::vector<double>> times(static_cast<std::size_t>(threads_count));
  {
    std::vector<std::jthread> threads;
    for (auto& own : times) {
      threads.emplace_back([&accounts, &own, threads_count] {
        for (int i = 0; i < logins / threads_count; ++i) {
          const double start = wall_s();
          must(accounts.login({.login = "ann", .password = password}, {"192.0.2.1"}));
          own.push_back((wall_s() - start) * 1e3);
        }
      });
    }
  }
  std::vector<double> all;
  for (const auto& own : times) all.insert(all.end(), own.begin(), own.end());
  std::printf("login, %d at a time: p50 %.0f ms, p95 %.0f ms, most %.0f ms\n", threads_count,
              at(all, 0.5), at(all, 0.95), at(all, 1));
}

/// What each write of a tenant's has besides: one row, durable.
void measure_audit(Accounts& accounts) {
  std::vector<double> times;
  for (int i = 0; i < 500; ++i) {
    const double start = wall_s();
    accounts.audit({.tenant = {"acme"}, .operation = "ingest_records", .result = "ok"});
    times.push_back((wall_s() - start) * 1e3);
  }
  std::printf("a row of the audit log: p50 %.2f ms, p95 %.2f ms\n", at(times, 0.5), at(times, 0.95));
}

void run(const std::filesystem::path& folder) {
  const SystemClock clock;
  const auto store = must(metadata::Store::open("sqlite://" + (folder / "m.db").string(), clock));
  must(store->ensure_tenant({"acme"}, "Acme"));
  const auto accounts =
      must(Accounts::open(*store, clock, {.secret_key = std::string(32, 's')}));
  must(store->add_person("ann", must(auth::hash_password(password, {})), {"acme"},
                         auth::Role::owner));
  std::vector<std::string> tokens;
  for (int i = 0; i < tokens_count; ++i) {
    tokens.push_back(auth::make_token());
    must(store->add_token({.tenant = {"acme"},
                           .sha256 = auth::token_sha256(tokens.back()),
                           .permissions = auth::Permissions::all()}));
  }
  const Issued issued = must(accounts->login({.login = "ann", .password = password}, {}));
  measure_checks("API token", accounts->authenticator(), tokens);
  measure_checks("access token", accounts->authenticator(), {issued.access_token});
  measure_misses("API token", accounts->authenticator(), tokens[0]);
  measure_misses("access token", accounts->authenticator(), issued.access_token);
  measure_audit(*accounts);
  measure_logins(*accounts, 1);
  measure_logins(*accounts, 2);
}

}  // namespace
}  // namespace sluice::accounts

int main() {
  const auto folder =
      std::filesystem::temp_directory_path() / ("sluice-people-bench-" + sluice::random_hex(6));
  std::filesystem::create_directories(folder);
  sluice::accounts::run(folder);
  std::filesystem::remove_all(folder);
  return 0;
}
