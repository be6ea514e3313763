#pragma once

// Inside this room only.

#include <chrono>
#include <memory>
#include <mutex>
#include <string>

#include "temporal/client.h"
#include "temporal/core/core.h"
#include "temporal/error_codes.h"
#include "temporal/payload/payload_visitor.h"

namespace sluice::temporal {

/// Owns a connection of the core; the core itself connects anew when the server went away and came
/// back.
struct ConnectionHandle {
  std::shared_ptr<RuntimeCore> core;
  TemporalCoreConnection* raw = nullptr;

  ConnectionHandle(std::shared_ptr<RuntimeCore> runtime, TemporalCoreConnection* connection)
      : core(std::move(runtime)), raw(connection) {}
  ConnectionHandle(const ConnectionHandle&) = delete;
  ConnectionHandle& operator=(const ConnectionHandle&) = delete;
  ~ConnectionHandle() { temporal_core_client_free(raw); }
};

/// A connection that is made when it is first needed. Threads: safe for concurrent use.
class Connection {
 public:
  Connection(std::shared_ptr<RuntimeCore> core, ClientOptions options);

  const ClientOptions& options() const { return options_; }
  const std::shared_ptr<RuntimeCore>& core() const { return core_; }

  /// Connects if that has not worked yet.
  Result<std::shared_ptr<ConnectionHandle>> handle();

  /// One unary call without retries: whoever calls knows better whether to repeat. Serialised
  /// messages both ways.
  Result<std::string> call(TemporalCoreRpcService service, std::string_view rpc,
                           std::string request, std::chrono::milliseconds timeout);

  /// The same with messages of protobuf.
  template <typename Response, typename Request>
  Result<Response> call(std::string_view rpc, const Request& request,
                        TemporalCoreRpcService service = TemporalCoreRpcService_Workflow) {
    return call_for<Response>(rpc, request, options_.call_timeout, service);
  }
  template <typename Response, typename Request>
  Result<Response> call_for(std::string_view rpc, const Request& request,
                            std::chrono::milliseconds timeout,
                            TemporalCoreRpcService service = TemporalCoreRpcService_Workflow) {
    TRY_ASSIGN(const std::string bytes, call(service, rpc, encoded(request), timeout));
    Response response;
    if (!response.ParseFromString(bytes)) {
      return fail(Errc::internal, Code::temporal_malformed,
                  "The Temporal server's answer to " + std::string(rpc) + " cannot be read.");
    }
    TRY(decode_payloads(options_.codec.get(), response, workflow_id_in(request)));
    return response;
  }

 private:
  template <typename Request>
  std::string encoded(const Request& request) const {
    if (!options_.codec) return request.SerializeAsString();
    Request copy = request;
    encode_payloads(options_.codec.get(), copy, workflow_id_in(request));
    return copy.SerializeAsString();
  }
  Error unreachable(std::string_view why) const;
  Error error_of(std::string_view rpc, std::uint32_t grpc_status, const std::string& message) const;

  const std::shared_ptr<RuntimeCore> core_;
  const ClientOptions options_;
  std::mutex mutex_;  ///< Held while connecting, which is bounded by connect_timeout.
  std::shared_ptr<ConnectionHandle> handle_;
};

}  // namespace sluice::temporal
