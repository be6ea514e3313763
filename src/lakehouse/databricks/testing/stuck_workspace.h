#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "http/server.h"

namespace sluice::lakehouse::databricks {

/// A workspace on loopback that has every table, of one column `id`, and whose warehouse runs a
/// statement until it is cancelled.
class StuckWorkspace {
 public:
  StuckWorkspace();

  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_->port()); }
  bool runs() const { return submitted_ > cancelled_; }
  int submitted() const { return submitted_; }
  int cancelled() const { return cancelled_; }

 private:
  std::atomic<int> submitted_ = 0;
  std::atomic<int> cancelled_ = 0;
  std::unique_ptr<http::Server> server_;  ///< Last: it uses the rest.
};

}  // namespace sluice::lakehouse::databricks
