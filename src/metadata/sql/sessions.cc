#include "metadata/sql/sessions.h"

#include <algorithm>
#include <chrono>

#include "metadata/error_codes.h"
#include "metadata/sql/sqlite_engine.h"

namespace sluice::metadata {
namespace {

constexpr std::string_view sqlite_scheme = "sqlite://";

/// Tells the option's function of every statement.
class StatementLog final : public soci::logger_impl {
 public:
  explicit StatementLog(std::function<void(std::string_view)> tell) : tell_(std::move(tell)) {}
  void start_query(const std::string& query) override { tell_(query); }

 private:
  soci::logger_impl* do_clone() const override { return new StatementLog(tell_); }
  const std::function<void(std::string_view)> tell_;
};

}  // namespace

Transaction::Transaction(const Engine& engine, soci::session& session) : session_(session) {
  engine.begin_write(session_);
}

Transaction::~Transaction() {
  if (!open_) return;
  try {
    session_ << "ROLLBACK";
  } catch (const soci::soci_error&) {
    // Either the database has rolled back by itself (a full disk), or it does so when the session
    // is thrown away, since it is not reusable.
  }
}

void Transaction::commit() {
  session_ << "COMMIT";
  open_ = false;
}

Lease::~Lease() {
  if (discarded_) session_.reset();
  if (sessions_ != nullptr) sessions_->give_back(std::move(session_));
}

Result<std::unique_ptr<Sessions>> Sessions::open(std::string_view url, StoreOptions options) {
  if (!url.starts_with(sqlite_scheme)) {
    // The URL is not repeated: it may hold a password.
    const std::string scheme(url.substr(0, std::min(url.find(':'), std::size_t{20})));
    return fail(Errc::invalid_argument, Code::metadata_url,
                "DATABASE_URL has the scheme '" + scheme + "', which this Sluice does not know.",
                "Use sqlite:///absolute/path.");
  }
  const std::string path(url.substr(sqlite_scheme.size()));
  if (path.empty() || path.back() == '/' || path.find('"') != std::string::npos ||
      path.find('\0') != std::string::npos) {
    return fail(Errc::invalid_argument, Code::metadata_url, "DATABASE_URL names no file.",
                "Use sqlite:///absolute/path, without quotes.");
  }
  TRY_ASSIGN(std::unique_ptr<SqliteEngine> engine, SqliteEngine::create(path));
  return std::make_unique<Sessions>(std::move(engine), std::move(options));
}

Result<std::unique_ptr<soci::session>> Sessions::connect() const {
  TRY_ASSIGN(std::unique_ptr<soci::session> session, engine_->connect());
  if (options_.on_statement) {
    session->set_logger(soci::logger(new StatementLog(options_.on_statement)));
  }
  return session;
}

Result<Lease> Sessions::lease() {
  std::unique_lock lock(mutex_);
  const bool free = returned_.wait_for(lock, std::chrono::milliseconds(options_.lease_wait_ms),
                                       [this] { return leased_ < options_.sessions_max; });
  if (!free) {
    return fail(Errc::resource_exhausted, Code::metadata_pool_exhausted,
                "All " + std::to_string(options_.sessions_max) + " metadata sessions are busy.",
                "Try again in a moment.");
  }
  ++leased_;
  if (!idle_.empty()) {
    std::unique_ptr<soci::session> session = std::move(idle_.back());
    idle_.pop_back();
    return Lease(this, std::move(session));
  }
  lock.unlock();
  Result<std::unique_ptr<soci::session>> session = connect();
  if (!session) {
    give_back(nullptr);
    return fail(std::move(session).error());
  }
  return Lease(this, std::move(*session));
}

void Sessions::give_back(std::unique_ptr<soci::session> session) {
  // One whose ROLLBACK failed would begin no transaction any more.
  if (session != nullptr && !engine_->is_reusable(*session)) session.reset();
  {
    const std::lock_guard lock(mutex_);
    --leased_;
    if (session != nullptr) idle_.push_back(std::move(session));
  }
  returned_.notify_one();
}

}  // namespace sluice::metadata
