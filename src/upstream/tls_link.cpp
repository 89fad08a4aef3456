#include "upstream/tls_link.h"

#ifdef QAMERA_TLS

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>

#include <algorithm>
#include <climits>

#include "base/check.h"
#include "upstream/authorities.h"

namespace qamera::upstream {
namespace {

template <auto release>
struct Releases {
  template <typename T>
  void operator()(T* object) const {
    release(object);
  }
};

class OpenSslContext final : public TlsContext {
 public:
  explicit OpenSslContext(SSL_CTX* context) : context_(context) {}
  SSL_CTX* get() const { return context_.get(); }

 private:
  std::unique_ptr<SSL_CTX, Releases<SSL_CTX_free>> context_;
};

std::string openssl_message() {
  const unsigned long code = ERR_get_error();
  const char* reason = code ? ERR_reason_error_string(code) : nullptr;
  ERR_clear_error();
  return reason ? reason : "the connection broke";
}

class TlsLink final : public UpstreamLink {
 public:
  TlsLink(edge::Descriptor descriptor, SSL* ssl) : descriptor_(std::move(descriptor)), ssl_(ssl) {}

  Result<void> shake_hands(LinkDeadline deadline) {
    for (;;) {
      ERR_clear_error();
      const int done = SSL_connect(ssl_.get());
      if (done == 1) return {};
      const Attempt attempt = attempt_after(done);
      if (attempt.kind == Attempt::Kind::kFailed) {
        const long verdict = SSL_get_verify_result(ssl_.get());
        if (verdict == X509_V_OK) return Error{ErrorCode::kIo, attempt.problem, ""};
        return Error{ErrorCode::kIo,
                     std::string("the server's certificate is not trusted: ") + X509_verify_cert_error_string(verdict),
                     ""};
      }
      if (auto ready = wait_for(descriptor_.get(), attempt.events, deadline); !ready) return ready;
    }
  }

  bool is_idle() const override { return SSL_pending(ssl_.get()) == 0 && is_silent(descriptor_.get()); }

 private:
  Attempt send(std::string_view bytes) override {
    ERR_clear_error();
    const int sent = SSL_write(ssl_.get(), bytes.data(), int_of(bytes.size()));
    return sent > 0 ? Attempt{.count = static_cast<std::size_t>(sent)} : attempt_after(sent);
  }

  Attempt receive(std::span<char> into) override {
    ERR_clear_error();
    const int count = SSL_read(ssl_.get(), into.data(), int_of(into.size()));
    if (count > 0) return {.count = static_cast<std::size_t>(count)};
    return SSL_get_error(ssl_.get(), count) == SSL_ERROR_ZERO_RETURN ? Attempt{} : attempt_after(count);
  }

  int descriptor() const override { return descriptor_.get(); }

  static int int_of(std::size_t size) { return static_cast<int>(std::min<std::size_t>(size, INT_MAX)); }

  Attempt attempt_after(int result) const {
    switch (SSL_get_error(ssl_.get(), result)) {
      case SSL_ERROR_WANT_READ: return {.kind = Attempt::Kind::kMustWait, .events = POLLIN};
      case SSL_ERROR_WANT_WRITE: return {.kind = Attempt::Kind::kMustWait, .events = POLLOUT};
      default: return {.kind = Attempt::Kind::kFailed, .problem = "TLS: " + openssl_message()};
    }
  }

  edge::Descriptor descriptor_;
  std::unique_ptr<SSL, Releases<SSL_free>> ssl_;
};

bool is_address(const std::string& host) {
  in6_addr address{};
  return ::inet_pton(AF_INET, host.c_str(), &address) == 1 || ::inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

}  // namespace

Result<std::unique_ptr<TlsContext>> TlsContext::create(const std::string& ca_file, bool verify_certificate) {
#ifdef QAMERA_STATIC
  // The machine's openssl.cnf is for its own OpenSSL, and may name modules to load, which a static binary cannot.
  OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
#endif
  auto context = std::make_unique<OpenSslContext>(SSL_CTX_new(TLS_client_method()));
  SSL_CTX* raw = context->get();
  QM_CHECK(raw, "OpenSSL makes a client context");
  SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
  SSL_CTX_set_mode(raw, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_verify(raw, verify_certificate ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  if (verify_certificate) {
    if (auto trusted = trust_authorities(raw, ca_file); !trusted) return trusted.error();
  }
  return std::unique_ptr<TlsContext>(std::move(context));
}

Result<std::unique_ptr<UpstreamLink>> open_tls_link(edge::Descriptor descriptor, const std::string& host,
                                                    TlsContext& context, LinkDeadline deadline) {
  SSL* ssl = SSL_new(static_cast<OpenSslContext&>(context).get());
  QM_CHECK(ssl, "OpenSSL makes a connection");
  const int number = descriptor.get();
  auto link = std::make_unique<TlsLink>(std::move(descriptor), ssl);
  SSL_set_fd(ssl, number);
  if (is_address(host)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str());
  } else {
    SSL_set1_host(ssl, host.c_str());
    SSL_set_tlsext_host_name(ssl, host.c_str());
  }
  if (auto shaken = link->shake_hands(deadline); !shaken) return shaken.error();
  return std::unique_ptr<UpstreamLink>(std::move(link));
}

}  // namespace qamera::upstream

#else

namespace qamera::upstream {

Result<std::unique_ptr<TlsContext>> TlsContext::create(const std::string&, bool) {
  return Error{ErrorCode::kUnsupported, "this build has no TLS: it can only talk to http:// URLs", ""};
}

Result<std::unique_ptr<UpstreamLink>> open_tls_link(edge::Descriptor, const std::string&, TlsContext&, LinkDeadline) {
  return Error{ErrorCode::kUnsupported, "this build has no TLS: it can only talk to http:// URLs", ""};
}

}  // namespace qamera::upstream

#endif
