// Keys, certificates and a TLS proxy in front of a test's server.
#include "temporal/testing/test_tls.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cstring>

namespace sluice::temporal::testing {

namespace {

template <auto Free>
struct Freed {
  template <typename T>
  void operator()(T* owned) const {
    Free(owned);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<&EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freed<&X509_free>>;
using Ssl = std::unique_ptr<SSL, Freed<&SSL_free>>;

struct Identity {
  Key key;
  Certificate certificate;
};

void extend(X509* certificate, int what, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, what, value);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

/// Signed by `authority`, or by itself where that is null: then it is one.
Identity make_identity(const char* name, const Identity* authority) {
  Identity made{Key(EVP_EC_gen("P-256")), Certificate(X509_new())};
  X509* const certificate = made.certificate.get();
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), authority == nullptr ? 1 : 2);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 86'400);
  X509_set_pubkey(certificate, made.key.get());
  X509_NAME* const subject = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
  X509_set_issuer_name(certificate, authority == nullptr
                                        ? subject
                                        : X509_get_subject_name(authority->certificate.get()));
  extend(certificate, NID_basic_constraints,
         authority == nullptr ? "critical,CA:TRUE" : "critical,CA:FALSE");
  if (authority != nullptr) {
    extend(certificate, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
    extend(certificate, NID_ext_key_usage, "serverAuth,clientAuth");
  }
  X509_sign(certificate, authority == nullptr ? made.key.get() : authority->key.get(),
            EVP_sha256());
  return made;
}

std::string text_of(BIO* memory) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory, &data);
  std::string text(data, static_cast<std::size_t>(size));
  BIO_free(memory);
  return text;
}

std::string pem_of(X509* certificate) {
  BIO* memory = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(memory, certificate);
  return text_of(memory);
}

std::string pem_of(EVP_PKEY* key) {
  BIO* memory = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(memory, key, nullptr, nullptr, 0, nullptr, nullptr);
  return text_of(memory);
}

/// gRPC is HTTP/2, and says so in the handshake.
int choose_h2(SSL*, const unsigned char** out, unsigned char* out_bytes, const unsigned char*,
              unsigned, void*) {
  static const unsigned char h2[] = {'h', '2'};
  *out = h2;
  *out_bytes = sizeof h2;
  return SSL_TLSEXT_ERR_OK;
}

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

bool pass_from_tls(SSL* from, int to) {
  std::array<char, 16'384> bytes{};
  do {
    const int got = SSL_read(from, bytes.data(), static_cast<int>(bytes.size()));
    if (got <= 0 || ::send(to, bytes.data(), static_cast<std::size_t>(got), MSG_NOSIGNAL) != got) {
      return false;
    }
  } while (SSL_pending(from) > 0);
  return true;
}

bool pass_to_tls(int from, SSL* to) {
  std::array<char, 16'384> bytes{};
  const ssize_t got = ::recv(from, bytes.data(), bytes.size(), 0);
  return got > 0 && SSL_write(to, bytes.data(), static_cast<int>(got)) == got;
}

}  // namespace

Result<std::unique_ptr<TlsFront>> TlsFront::start(const std::string& plain_target) {
  auto front =
      std::make_unique<TlsFront>(std::stoi(plain_target.substr(plain_target.rfind(':') + 1)));
  TRY(front->open());
  front->acceptor_ = std::thread([raw = front.get()] { raw->accept_all(); });
  return front;
}

Result<void> TlsFront::open() {
  const Identity authority = make_identity("authority", nullptr);
  const Identity server = make_identity("server", &authority);
  const Identity client = make_identity("client", &authority);
  client_ = {.server_root_ca = pem_of(authority.certificate.get()),
             .server_name = "localhost",
             .client_certificate = pem_of(client.certificate.get()),
             .client_key = pem_of(client.key.get())};
  context_.reset(SSL_CTX_new(TLS_server_method()));
  SSL_CTX_use_certificate(context_.get(), server.certificate.get());
  SSL_CTX_use_PrivateKey(context_.get(), server.key.get());
  X509_STORE_add_cert(SSL_CTX_get_cert_store(context_.get()), authority.certificate.get());
  SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_alpn_select_cb(context_.get(), &choose_h2, nullptr);

  listener_ = FileDescriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  auto* const raw = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_.get(), raw, size) != 0 || ::listen(listener_.get(), 16) != 0 ||
      ::getsockname(listener_.get(), raw, &size) != 0) {
    return fail(error_from_errno(errno, "listening", "127.0.0.1"));
  }
  port_ = ntohs(address.sin_port);
  return {};
}

TlsFront::~TlsFront() {
  is_stopping_ = true;
  if (acceptor_.joinable()) acceptor_.join();
  for (std::thread& connection : connections_) connection.join();
}

void TlsFront::accept_all() {
  while (!is_stopping_) {
    pollfd waiting{.fd = listener_.get(), .events = POLLIN, .revents = 0};
    if (::poll(&waiting, 1, 100) <= 0) continue;
    FileDescriptor connection(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!connection) continue;
    connections_.emplace_back([this, held = std::make_shared<FileDescriptor>(std::move(
                                         connection))]() mutable { serve(std::move(*held)); });
  }
}

void TlsFront::serve(FileDescriptor connection) {
  const Ssl ssl(SSL_new(context_.get()));
  SSL_set_fd(ssl.get(), connection.get());
  const timeval patience{.tv_sec = 2, .tv_usec = 0};
  ::setsockopt(connection.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  if (SSL_accept(ssl.get()) != 1) return;
  const FileDescriptor plain(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = loopback(plain_port_);
  if (::connect(plain.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return;
  }
  while (!is_stopping_) {
    std::array<pollfd, 2> waiting{{{.fd = connection.get(), .events = POLLIN, .revents = 0},
                                   {.fd = plain.get(), .events = POLLIN, .revents = 0}}};
    if (::poll(waiting.data(), waiting.size(), 100) <= 0) continue;
    if (waiting[0].revents != 0 && !pass_from_tls(ssl.get(), plain.get())) return;
    if (waiting[1].revents != 0 && !pass_to_tls(plain.get(), ssl.get())) return;
  }
}

}  // namespace sluice::temporal::testing
