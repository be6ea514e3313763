#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/files.h"
#include "base/result.h"

/// What `serve` asks of the machine before and while it starts its parts. Plain sockets: the
/// supervisor keeps to one thread, so it uses neither the HTTP server nor its client.
namespace sluice::app {

/// For how long a port may be held by what is about to let it go: the parts of a `serve` that was
/// killed die with it, but not in the same moment, and a service manager starts the next at once.
inline constexpr std::chrono::milliseconds port_patience{3'000};

/// Binds and lets go, trying again for `patience`; `port_taken` then, which names the setting that
/// chooses another.
Result<void> port_is_free(const std::string& listen, std::string_view setting,
                          std::chrono::milliseconds patience = port_patience);

/// A TCP connection to `host:port` is taken at once.
bool accepts_connections(const std::string& address);

/// `GET /health` there is answered with 200 within a second.
bool answers_health(const std::string& address);

/// Two `serve` on one data folder would start two Temporals on one database, and two `api` would
/// remove each other's query results: the second is refused (`already_running`). Held until the
/// descriptor is closed.
Result<FileDescriptor> lock_data_folder(const std::filesystem::path& root,
                                        std::string_view part = "serve");

}  // namespace sluice::app
