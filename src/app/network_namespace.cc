#include "app/network_namespace.h"

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "app/error_codes.h"
#include "base/files.h"

namespace sluice::app {
namespace {

tl::unexpected<Error> not_allowed(const char* what) {
  return fail(Errc::unavailable, Code::no_network_namespace,
              std::string(what) + ": " + std::strerror(errno));
}

Result<void> write_to(const char* path, const std::string& text) {
  const FileDescriptor fd(::open(path, O_WRONLY | O_CLOEXEC));
  if (!fd) return not_allowed(path);
  return write_all(fd.get(), text, path);
}

/// Root may do it at once; anybody else needs a user namespace first, in which all ids stay what
/// they are.
Result<void> leave() {
  if (::unshare(CLONE_NEWNET) == 0) return {};
  const std::string uid = std::to_string(::geteuid());
  const std::string gid = std::to_string(::getegid());
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return not_allowed("unshare");
  TRY(write_to("/proc/self/setgroups", "deny"));
  TRY(write_to("/proc/self/uid_map", uid + " " + uid + " 1"));
  return write_to("/proc/self/gid_map", gid + " " + gid + " 1");
}

}  // namespace

Result<void> enter_own_network() {
  TRY(leave());
  const FileDescriptor fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq loopback{};
  std::strncpy(loopback.ifr_name, "lo", sizeof loopback.ifr_name - 1);
  if (!fd || ::ioctl(fd.get(), SIOCGIFFLAGS, &loopback) != 0) return not_allowed("loopback");
  loopback.ifr_flags = static_cast<short>(loopback.ifr_flags | IFF_UP);
  if (::ioctl(fd.get(), SIOCSIFFLAGS, &loopback) != 0) return not_allowed("loopback");
  return {};
}

}  // namespace sluice::app
