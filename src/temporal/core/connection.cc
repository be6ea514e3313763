#include "temporal/core/connection.h"

#include <unistd.h>

#include <optional>

#include "temporal/error_codes.h"
#include "temporal/workflow/workflow_instance.h"

namespace sluice::temporal {

namespace {

using std::chrono::milliseconds;

struct Connected {
  std::shared_ptr<ConnectionHandle> handle;
  std::string error;
};

/// What temporal_core_client_connect reads until its callback.
struct ConnectRequest {
  std::string url;
  std::string identity;
  std::string api_key;
  TlsOptions pem;
  TemporalCoreClientRetryOptions retry{};
  TemporalCoreClientKeepAliveOptions keep_alive{};
  TemporalCoreClientTlsOptions tls{};
  TemporalCoreConnectionOptions options{};
};

void on_connected(void* user_data, TemporalCoreConnection* success,
                  const TemporalCoreByteArray* failure) {
  auto context = take_from_core<CallbackContext<Connected>>(user_data);
  Connected connected;
  connected.error = context->core->take(failure);
  if (success != nullptr)
    connected.handle = std::make_shared<ConnectionHandle>(context->core, success);
  CallbackContext<Connected>::fulfil(std::move(context), std::move(connected));
}

struct Reply {
  std::string bytes;
  std::uint32_t grpc_status = 0;
  std::string message;
  bool ok = false;
};

/// What temporal_core_client_rpc_call reads until its callback.
struct RpcRequest {
  std::shared_ptr<ConnectionHandle> handle;
  std::string rpc;
  std::string bytes;
  TemporalCoreRpcCallOptions options{};
};

void on_reply(void* user_data, const TemporalCoreByteArray* success, std::uint32_t status,
              const TemporalCoreByteArray* message, const TemporalCoreByteArray* details) {
  auto context = take_from_core<CallbackContext<Reply>>(user_data);
  Reply reply;
  reply.ok = success != nullptr;
  reply.bytes = context->core->take(success);
  reply.grpc_status = status;
  reply.message = context->core->take(message);
  context->core->take(details);
  CallbackContext<Reply>::fulfil(std::move(context), std::move(reply));
}

std::string default_identity() {
  char host[256] = {};
  ::gethostname(host, sizeof host - 1);
  return std::to_string(::getpid()) + "@" + host;
}

/// A connection that breaks in the middle of a call reaches us as whatever its layer makes of it.
bool tells_of_transport(const std::string& message) {
  for (const char* word :
       {"transport", "h2 ", "connection", "onnect error", "roken pipe", "reset", "body"}) {
    if (message.find(word) != std::string::npos) return true;
  }
  return false;
}

ClientOptions with_identity(ClientOptions options) {
  if (options.identity.empty()) options.identity = default_identity();
  return options;
}

}  // namespace

Connection::Connection(std::shared_ptr<RuntimeCore> core, ClientOptions options)
    : core_(std::move(core)), options_(with_identity(std::move(options))) {}

Error Connection::unreachable(std::string_view why) const {
  return {Errc::unavailable, Code::temporal_unavailable,
          "The Temporal server at " + options_.target + " cannot be reached: " + std::string(why),
          "Start it, or check the address."};
}

Result<std::shared_ptr<ConnectionHandle>> Connection::handle() {
  const std::lock_guard lock(mutex_);
  if (handle_) return handle_;
  auto request = std::make_shared<ConnectRequest>();
  request->url = (options_.tls ? "https://" : "http://") + options_.target;
  request->identity = options_.identity;
  // These are for what a worker reports, not for call(): an activity's result survives a minute
  // without a server.
  request->retry = {.initial_interval_millis = 100,
                    .randomization_factor = 0.2,
                    .multiplier = 1.7,
                    .max_interval_millis = 5'000,
                    .max_elapsed_time_millis = 60'000,
                    .max_retries = 100};
  request->keep_alive = {.interval_millis = 10'000, .timeout_millis = 5'000};
  request->options.target_url = bytes_of(request->url);
  request->options.client_name = bytes_of("sluice");
  request->options.client_version = bytes_of("0.1.0");
  request->options.identity = bytes_of(request->identity);
  request->options.metadata = {nullptr, 0};
  request->options.binary_metadata = {nullptr, 0};
  request->api_key = options_.api_key;
  request->options.api_key = bytes_of(request->api_key);
  if (options_.tls) {
    request->pem = *options_.tls;
    request->tls = {.server_root_ca_cert = bytes_of(request->pem.server_root_ca),
                    .domain = bytes_of(request->pem.server_name),
                    .client_cert = bytes_of(request->pem.client_certificate),
                    .client_private_key = bytes_of(request->pem.client_key)};
    request->options.tls_options = &request->tls;
  }
  request->options.retry_options = &request->retry;
  request->options.keep_alive_options = &request->keep_alive;
  request->options.grpc_compression = TemporalCoreClientGrpcCompression_None;

  auto context = std::make_unique<CallbackContext<Connected>>();
  context->core = core_;
  context->pinned = request;
  std::future<Connected> answer = context->promise.get_future();
  temporal_core_client_connect(core_->get(), &request->options, hand_to_core(std::move(context)),
                               &on_connected);
  if (answer.wait_for(options_.connect_timeout) != std::future_status::ready) {
    return fail(unreachable("no answer within " + std::to_string(options_.connect_timeout.count()) +
                            " ms."));
  }
  Connected connected = answer.get();
  if (!connected.handle) return fail(unreachable(connected.error));
  handle_ = std::move(connected.handle);
  return handle_;
}

Result<std::string> Connection::call(TemporalCoreRpcService service, std::string_view rpc,
                                     std::string request, milliseconds timeout) {
  if (WorkflowInstance::is_driving()) {
    return fail(Errc::internal, Code::workflow_code_blocks,
                "Workflow code calls " + std::string(rpc) + " of the server.",
                "Call it from an activity: a workflow is repeated from its history, and must not "
                "look at the world.");
  }
  TRY_ASSIGN(std::shared_ptr<ConnectionHandle> connected, handle());
  auto pinned = std::make_shared<RpcRequest>();
  pinned->handle = std::move(connected);
  pinned->rpc = rpc;
  pinned->bytes = std::move(request);
  pinned->options.service = service;
  pinned->options.rpc = bytes_of(pinned->rpc);
  pinned->options.req = bytes_of(pinned->bytes);
  pinned->options.retry = false;
  pinned->options.timeout_millis = static_cast<std::uint32_t>(timeout.count());
  TemporalCoreConnection* const raw = pinned->handle->raw;
  const TemporalCoreRpcCallOptions* const call_options = &pinned->options;

  auto context = std::make_unique<CallbackContext<Reply>>();
  context->core = core_;
  context->pinned = std::move(pinned);
  std::future<Reply> answer = context->promise.get_future();
  temporal_core_client_rpc_call(raw, call_options, hand_to_core(std::move(context)), &on_reply);
  // The core keeps the time limit; this one is for a core that does not, so that no caller hangs.
  constexpr milliseconds grace{1'000};
  if (answer.wait_for(timeout + grace) != std::future_status::ready) {
    return fail(error_of(rpc, 4, "no answer within " + std::to_string(timeout.count()) + " ms"));
  }
  Reply reply = answer.get();
  if (!reply.ok) return fail(error_of(rpc, reply.grpc_status, reply.message));
  return std::move(reply.bytes);
}

Error Connection::error_of(std::string_view rpc, std::uint32_t grpc_status,
                           const std::string& message) const {
  const std::string detail = "Temporal's " + std::string(rpc) + " failed: " + message;
  switch (grpc_status) {  // https://grpc.io/docs/guides/status-codes/
    case 1:
      // What the core makes of a passed time limit, but also of a connection that broke in the
      // middle of a call.
      if (message.find("imeout") == std::string::npos) return unreachable(message);
      [[fallthrough]];
    case 4:
      return {Errc::deadline_exceeded, Code::temporal_deadline_exceeded, detail,
              "Try again; for a query, check that a worker is running."};
    case 3:
    case 11:
    case 12:
      return {Errc::invalid_argument, Code::temporal_invalid_argument, detail, ""};
    case 5:
      return {Errc::not_found, Code::temporal_not_found, detail, ""};
    case 6:
      return {Errc::conflict, Code::temporal_already_exists, detail, ""};
    case 7:
      return {Errc::permission_denied, Code::temporal_permission_denied, detail, ""};
    case 8:
      return {Errc::resource_exhausted, Code::temporal_resource_exhausted, detail,
              "Try again later."};
    case 9:
      return {Errc::conflict, Code::temporal_failed_precondition, detail, ""};
    case 14:
      return unreachable(message);
    case 16:
      return {Errc::unauthenticated, Code::temporal_unauthenticated, detail, ""};
    default:
      if (tells_of_transport(message)) return unreachable(message);
      return {Errc::internal, Code::temporal_error, detail, ""};
  }
}

}  // namespace sluice::temporal
