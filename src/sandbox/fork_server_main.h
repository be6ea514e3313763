#pragma once

#include <functional>

namespace sluice::sandbox {

/// The whole life of a fork server (fork_server.h): answers the requests that come on worker_socket
/// with a fork each, kills workers whose owner wishes it, tells how each ended. In a fork `work` is
/// called, with the job's socket at worker_socket and no other descriptor; its return value is the
/// exit code. It keeps no thread and no byte of a job, for every worker has what lies in its
/// memory. Call it at the start of main, while the process has one thread, after
/// enter_early_limits() and what is to be ready for all. Ends when the owner is gone.
int fork_server_main(const std::function<int()>& work);

}  // namespace sluice::sandbox
