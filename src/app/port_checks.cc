#include "app/port_checks.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <thread>

#include "app/error_codes.h"
#include "app/settings.h"
#include "http/error_codes.h"

namespace sluice::app {
namespace {

using AddressList = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

AddressList resolve(const Address& address) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV | AI_PASSIVE;
  addrinfo* found = nullptr;
  const int code = ::getaddrinfo(address.host.empty() ? nullptr : address.host.c_str(),
                                 std::to_string(address.port).c_str(), &hints, &found);
  return {code == 0 ? found : nullptr, &::freeaddrinfo};
}

/// A connected socket with deadlines of a second, or none.
FileDescriptor connect_to(const std::string& text) {
  const Result<Address> address = parse_address(text, "address");
  if (!address) return FileDescriptor();
  const AddressList list = resolve(*address);
  if (!list) return FileDescriptor();
  FileDescriptor fd(::socket(list->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const timeval second{1, 0};
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &second, sizeof second);
  ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &second, sizeof second);
  if (!fd || ::connect(fd.get(), list->ai_addr, list->ai_addrlen) != 0) return FileDescriptor();
  return fd;
}

/// 0, or the errno of what did not work. Lets go at once.
int try_to_listen(const addrinfo& address) {
  const FileDescriptor fd(::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const bool listens =
      ::bind(fd.get(), address.ai_addr, address.ai_addrlen) == 0 && ::listen(fd.get(), 1) == 0;
  return listens ? 0 : errno;
}

}  // namespace

Result<void> port_is_free(const std::string& listen, std::string_view setting,
                          std::chrono::milliseconds patience) {
  TRY_ASSIGN(const Address address, parse_address(listen, setting));
  const AddressList list = resolve(address);
  if (!list) {
    return fail(Errc::invalid_argument, http::Code::bad_listen_address,
                std::string(setting) + "=" + listen + " is not an address of this machine.");
  }
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (const int error = try_to_listen(*list)) {
    if (error != EADDRINUSE) return fail(error_from_errno(error, "Cannot listen on", listen));
    if (std::chrono::steady_clock::now() >= deadline) {
      return fail(Errc::conflict, http::Code::port_taken,
                  "Port " + std::to_string(address.port) + " is taken by another program.",
                  "Stop it, or choose another with " + std::string(setting) + ".");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return {};
}

bool accepts_connections(const std::string& address) {
  return static_cast<bool>(connect_to(address));
}

bool answers_health(const std::string& address) {
  const FileDescriptor fd = connect_to(address);
  if (!fd) return false;
  const std::string request =
      "GET /health HTTP/1.1\r\nHost: " + address + "\r\nConnection: close\r\n\r\n";
  if (!write_all(fd.get(), request, address)) return false;
  char answer[32] = {};
  const ssize_t got = ::recv(fd.get(), answer, sizeof answer - 1, MSG_WAITALL);
  return got > 12 && std::string_view(answer, static_cast<std::size_t>(got)).substr(9, 3) == "200";
}

Result<FileDescriptor> lock_data_folder(const std::filesystem::path& root, std::string_view part) {
  const std::filesystem::path path = root / (std::string(part) + ".lock");
  FileDescriptor fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!fd) return fail(error_from_errno(errno, "Cannot open", path.string()));
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    return fail(Errc::conflict, Code::already_running,
                "Another sluice " + std::string(part) + " runs on " + root.string() + ".",
                "Stop it, or choose another DATA_STORAGE_PATH.");
  }
  return fd;
}

}  // namespace sluice::app
