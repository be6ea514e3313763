#include "sandbox/lock_in.h"

#include <alloca.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <iterator>
#include <string>

#include "sandbox/channel.h"
#include "sandbox/error_codes.h"
#include "sandbox/syscall_filter.h"

namespace sluice::sandbox {
namespace {

tl::unexpected<Error> sandbox_error(const char* step) {
  return fail(Errc::internal, Code::sandbox_failed,
              std::string("Locking a worker in: ") + step + ": " + std::strerror(errno));
}

/// The engine recurses into types, JSON and patterns as deep as the text has them: 64 KiB of
/// brackets take more than the usual 8 MiB. The kernel leaves 128 MiB below the stack for it to
/// grow.
constexpr rlim_t stack_bytes = rlim_t{100} << 20U;
/// For the engine's own threads; reserved, not taken.
constexpr std::size_t thread_stack_bytes = std::size_t{64} << 20U;

/// Takes the addresses of the stack while they are to be had: later, near the address limit, a
/// stack that cannot grow ends the process.
[[gnu::noinline]] void grow_stack(std::size_t bytes) {
  auto* deep = static_cast<volatile char*>(::alloca(bytes));
  deep[0] = 0;
}

void enlarge_stacks() {
  rlimit now{};
  if (::getrlimit(RLIMIT_STACK, &now) != 0) return;
  now.rlim_cur = std::min(stack_bytes, now.rlim_max);
  if (::setrlimit(RLIMIT_STACK, &now) == 0) grow_stack(now.rlim_cur / 10 * 9);
  pthread_attr_t attributes;
  if (::pthread_attr_init(&attributes) != 0) return;
  if (::pthread_attr_setstacksize(&attributes, thread_stack_bytes) == 0) {
    ::pthread_setattr_default_np(&attributes);
  }
  ::pthread_attr_destroy(&attributes);
}

void limit(int resource, rlim_t soft, rlim_t hard) {
  const rlimit both{soft, hard};
  ::setrlimit(static_cast<__rlimit_resource_t>(resource), &both);
}
void limit(int resource, rlim_t value) { limit(resource, value, value); }

/// At the soft limit of processor time the kernel sends SIGXCPU, which tells why a worker ended; at
/// the hard one SIGKILL, and where both are the same SIGKILL alone.
constexpr rlim_t cpu_s_to_end = 2;

/// Debian 12's header stops at ABI 2; the kernel takes a longer struct as long as what it does not
/// know is zero (linux/landlock.h of 6.12).
struct RulesetAttributes {
  std::uint64_t handled_access_fs;
  std::uint64_t handled_access_net;
  std::uint64_t scoped;
};

RulesetAttributes attributes_for(int version) {
  RulesetAttributes attributes{};
  attributes.handled_access_fs = (1U << 13U) - 1;               // ABI 1: execute … make_sym.
  if (version >= 2) attributes.handled_access_fs |= 1U << 13U;  // refer
  if (version >= 3) attributes.handled_access_fs |= 1U << 14U;  // truncate
  if (version >= 4) attributes.handled_access_net = 3;          // TCP bind and connect
  if (version >= 5) attributes.handled_access_fs |= 1U << 15U;  // ioctl on devices
  if (version >= 6) attributes.scoped = 3;                      // abstract sockets, signals
  return attributes;
}

constexpr std::uint64_t write_file = 1U << 1U;
constexpr std::uint64_t read_file = 1U << 2U;
constexpr std::uint64_t read_folder = 1U << 3U;
constexpr std::uint64_t remove_folder = 1U << 4U;
constexpr std::uint64_t remove_file = 1U << 5U;
constexpr std::uint64_t make_folder = 1U << 7U;
constexpr std::uint64_t make_file = 1U << 8U;
constexpr std::uint64_t refer = 1U << 13U;     ///< ABI 2.
constexpr std::uint64_t truncate = 1U << 14U;  ///< ABI 3.

/// False where the kernel does not take the rule.
bool allow_beneath(const FileDescriptor& ruleset, int folder_or_file, std::uint64_t access) {
  landlock_path_beneath_attr rule{};
  rule.allowed_access = access;
  rule.parent_fd = folder_or_file;
  return ::syscall(SYS_landlock_add_rule, ruleset.get(), LANDLOCK_RULE_PATH_BENEATH, &rule, 0U) ==
         0;
}

Result<void> enter_landlock(const Confinement& confinement, int version) {
  const RulesetAttributes attributes = attributes_for(version);
  const FileDescriptor ruleset(
      static_cast<int>(::syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0U)));
  if (!ruleset) return sandbox_error("landlock ruleset");
  for (const FileDescriptor& file : confinement.files) {
    if (!allow_beneath(ruleset, file.get(), read_file)) return sandbox_error("landlock rule");
  }
  for (const std::filesystem::path& path : confinement.system_folders) {
    const FileDescriptor folder(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!folder) continue;  // This machine does without.
    if (!allow_beneath(ruleset, folder.get(), read_file | read_folder)) {
      return sandbox_error("landlock rule of a system folder");
    }
  }
  const std::uint64_t all_below = write_file | read_file | read_folder | remove_folder |
                                  remove_file | make_folder | make_file | refer | truncate;
  if (confinement.folder >= 0 &&
      !allow_beneath(ruleset, confinement.folder, all_below & attributes.handled_access_fs)) {
    return sandbox_error("landlock rule of the folder");
  }
  if (::syscall(SYS_landlock_restrict_self, ruleset.get(), 0U) != 0) {
    return sandbox_error("landlock");
  }
  return {};
}

bool readable_by_all(const FileDescriptor& file) {
  struct stat info {};
  return ::fstat(file.get(), &info) == 0 && (info.st_mode & S_IROTH) != 0;
}

/// Root → nobody. DuckDB opens `/proc/self/fd/N` anew, which needs the file's read permission:
/// where others have none, CAP_DAC_READ_SEARCH stays, which under landlock opens these files and no
/// others.
Result<void> drop_user(const std::vector<FileDescriptor>& files, bool landlocked) {
  if (::geteuid() != 0) return {};
  const bool keep_read = !std::all_of(files.begin(), files.end(), readable_by_all);
  if (keep_read && !landlocked) {
    return fail(Errc::internal, Code::sandbox_failed,
                "The data files are not readable by others and the kernel has no landlock.",
                "Run Sluice as a user other than root, or with umask 022.");
  }
  ::prctl(PR_SET_KEEPCAPS, keep_read ? 1 : 0, 0, 0, 0);
  if (::setgroups(0, nullptr) != 0 || ::setresgid(nobody_uid, nobody_uid, nobody_uid) != 0 ||
      ::setresuid(nobody_uid, nobody_uid, nobody_uid) != 0) {
    return sandbox_error("changing the user");
  }
  if (keep_read) {
    __user_cap_header_struct head{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct data[2]{};
    data[0].permitted = data[0].effective = 1U << CAP_DAC_READ_SEARCH;
    if (::syscall(SYS_capset, &head, data) != 0) return sandbox_error("capabilities");
  }
  ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);  // Changing the user cleared it.
  return {};
}

}  // namespace

int landlock_version() {
  const long version =
      ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  return version > 0 ? static_cast<int>(version) : 0;
}

void enter_early_limits() {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  enlarge_stacks();
  limit(RLIMIT_CORE, 0);
  std::signal(SIGXFSZ, SIG_IGN);
}

void close_foreign_descriptors() {
  if (::syscall(SYS_close_range, worker_socket + 1, ~0U, 0) == 0) return;
  for (int fd = worker_socket + 1; fd < 4096; ++fd) ::close(fd);
}

Result<void> lock_in(const Confinement& confinement) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  // Their shadow memory is terabytes of addresses, and they have threads of their own.
#else
  std::error_code ignored;
  const std::filesystem::directory_iterator tasks("/proc/self/task", ignored);
  if (std::distance(begin(tasks), end(tasks)) != 1) {
    return fail(Errc::internal, Code::sandbox_failed,
                "A worker has threads before it is locked in.");
  }
  limit(RLIMIT_AS, confinement.address_bytes);
#endif
  limit(RLIMIT_FSIZE, confinement.file_bytes);
  if (confinement.cpu_s > 0) {
    limit(RLIMIT_CPU, confinement.cpu_s, confinement.cpu_s + cpu_s_to_end);
  }
  const int version = landlock_version();
  if (version > 0) TRY(enter_landlock(confinement, version));
  TRY(drop_user(confinement.files, version > 0));
  return enter_syscall_filter(confinement.folder >= 0 ? Writing::in_folders : Writing::nowhere);
}

}  // namespace sluice::sandbox
