#pragma once

// Named points at which a test can make a process die, stall or fail:
// SLUICE_FAULT=name:exit_once=PATH|delay_ms=N|fail_once=PATH. Compiled out of release builds, so a
// point costs nothing there and cannot be reached.

#ifdef SLUICE_FAULT_POINTS
#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

namespace sluice {

/// Reads SLUICE_FAULT at each hit. `exit_once` leaves as kill -9 would: no destructors, no flush;
/// the file at PATH, made before, keeps the restarted process from dying again. True for
/// `fail_once`, at the first hit in any process: a point that can fail does so then.
inline bool fault_point(std::string_view name) {
  const char* wanted = std::getenv("SLUICE_FAULT");
  if (wanted == nullptr) return false;
  const std::string_view text(wanted);
  if (text.substr(0, name.size()) != name || text.size() <= name.size() ||
      text[name.size()] != ':') {
    return false;
  }
  const std::string action(text.substr(name.size() + 1));
  const auto is_first = [&action](std::size_t path_at) {
    const int made =
        ::open(action.c_str() + path_at, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    if (made >= 0) ::close(made);
    return made >= 0;
  };
  if (action.rfind("exit_once=", 0) == 0 && is_first(10)) ::_exit(137);
  if (action.rfind("fail_once=", 0) == 0) return is_first(10);
  if (action.rfind("delay_ms=", 0) == 0) {
    ::usleep(static_cast<useconds_t>(std::strtoul(action.c_str() + 9, nullptr, 10)) * 1000U);
  }
  return false;
}

}  // namespace sluice
#define FAULT_POINT(name) static_cast<void>(::sluice::fault_point(name))
/// For a point that can fail: true where a test wants it to.
#define FAULT_FAILS(name) ::sluice::fault_point(name)
#else
#define FAULT_POINT(name) static_cast<void>(0)
#define FAULT_FAILS(name) false
#endif
