#include "base/clock.h"

#include <cstdio>
#include <ctime>

namespace sluice {

Micros SystemClock::now_us() const {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string to_rfc3339(Micros when_us) {
  constexpr Micros second_us = 1'000'000;
  Micros seconds = when_us / second_us;
  Micros fraction = when_us % second_us;
  if (fraction < 0) {
    fraction += second_us;
    --seconds;
  }
  const std::time_t time = static_cast<std::time_t>(seconds);
  std::tm parts{};
  gmtime_r(&time, &parts);
  char text[40];
  // Not strftime's %Y, which has no leading zeros.
  const int length =
      std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d", parts.tm_year + 1900,
                    parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
  std::string out(text, static_cast<std::size_t>(length));
  if (fraction != 0) {
    std::snprintf(text, sizeof text, ".%06d", static_cast<int>(fraction));
    out += text;
  }
  return out + "Z";
}

}  // namespace sluice
