#include "edge/tls_link.h"

#ifdef QAMERA_TLS

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>

#include <algorithm>
#include <climits>

#include "base/check.h"

namespace qamera::edge {
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
  TlsLink(Descriptor descriptor, SSL* ssl) : descriptor_(std::move(descriptor)), ssl_(ssl) {}

  Result<void> shake_hands(LinkDeadline deadline) {
    for (;;) {
      ERR_clear_error();
      const int done = SSL_connect(ssl_.get());
      if (done == 1) return {};
      if (auto ready = wait_after(done, deadline); !ready.ok()) {
        const long verdict = SSL_get_verify_result(ssl_.get());
        if (verdict == X509_V_OK || ready.error().pointer == kOutOfTime) return ready;
        return Error{ErrorCode::kIo,
                     std::string("the server's certificate is not trusted: ") + X509_verify_cert_error_string(verdict),
                     ""};
      }
    }
  }

  Result<void> write(std::string_view bytes, LinkDeadline deadline) override {
    while (!bytes.empty()) {
      ERR_clear_error();
      const int sent =
          SSL_write(ssl_.get(), bytes.data(), static_cast<int>(std::min<std::size_t>(bytes.size(), INT_MAX)));
      if (sent > 0) {
        bytes.remove_prefix(static_cast<std::size_t>(sent));
      } else if (auto ready = wait_after(sent, deadline); !ready.ok()) {
        return ready;
      }
    }
    return {};
  }

  Result<std::size_t> read(std::span<char> into, LinkDeadline deadline) override {
    for (;;) {
      ERR_clear_error();
      const int count =
          SSL_read(ssl_.get(), into.data(), static_cast<int>(std::min<std::size_t>(into.size(), INT_MAX)));
      if (count > 0) return static_cast<std::size_t>(count);
      if (SSL_get_error(ssl_.get(), count) == SSL_ERROR_ZERO_RETURN) return std::size_t{0};
      if (auto ready = wait_after(count, deadline); !ready.ok()) return ready.error();
    }
  }

  bool is_idle() const override { return SSL_pending(ssl_.get()) == 0 && is_silent(descriptor_.get()); }

 private:
  Result<void> wait_after(int result, LinkDeadline deadline) {
    switch (SSL_get_error(ssl_.get(), result)) {
      case SSL_ERROR_WANT_READ: return wait_for(descriptor_.get(), POLLIN, deadline);
      case SSL_ERROR_WANT_WRITE: return wait_for(descriptor_.get(), POLLOUT, deadline);
      default: return Error{ErrorCode::kIo, "TLS: " + openssl_message(), ""};
    }
  }

  Descriptor descriptor_;
  std::unique_ptr<SSL, Releases<SSL_free>> ssl_;
};

bool is_address(const std::string& host) {
  in6_addr address{};
  return ::inet_pton(AF_INET, host.c_str(), &address) == 1 || ::inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

}  // namespace

Result<std::unique_ptr<TlsContext>> TlsContext::create(const std::string& ca_file, bool verify_certificate) {
  auto context = std::make_unique<OpenSslContext>(SSL_CTX_new(TLS_client_method()));
  SSL_CTX* raw = context->get();
  QM_CHECK(raw, "OpenSSL makes a client context");
  SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
  SSL_CTX_set_mode(raw, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_verify(raw, verify_certificate ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  const bool loaded = ca_file.empty() ? SSL_CTX_set_default_verify_paths(raw) == 1
                                      : SSL_CTX_load_verify_locations(raw, ca_file.c_str(), nullptr) == 1;
  if (verify_certificate && !loaded) {
    return Error{ErrorCode::kIo,
                 "cannot load the certificate authorities" + (ca_file.empty() ? "" : " in \"" + ca_file + "\"") + ": " +
                     openssl_message(),
                 ""};
  }
  return std::unique_ptr<TlsContext>(std::move(context));
}

Result<std::unique_ptr<UpstreamLink>> open_tls_link(Descriptor descriptor, const std::string& host, TlsContext& context,
                                                    LinkDeadline deadline) {
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
  if (auto shaken = link->shake_hands(deadline); !shaken.ok()) return shaken.error();
  return std::unique_ptr<UpstreamLink>(std::move(link));
}

}  // namespace qamera::edge

#else

namespace qamera::edge {

Result<std::unique_ptr<TlsContext>> TlsContext::create(const std::string&, bool) {
  return Error{ErrorCode::kUnsupported, "this build has no TLS: it can only talk to http:// URLs", ""};
}

Result<std::unique_ptr<UpstreamLink>> open_tls_link(Descriptor, const std::string&, TlsContext&, LinkDeadline) {
  return Error{ErrorCode::kUnsupported, "this build has no TLS: it can only talk to http:// URLs", ""};
}

}  // namespace qamera::edge

#endif
