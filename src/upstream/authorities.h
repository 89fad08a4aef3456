#pragma once

#include <string>

#include "base/result.h"

struct ssl_ctx_st;  // OpenSSL's SSL_CTX

namespace qamera::upstream {

/// Has `context` trust the authorities of `ca_file` (PEM), or where that is "" the system's. A static binary knows no
/// system, so these are looked for where Go programs look: the file of SSL_CERT_FILE or the first of the usual ones,
/// and every file of the folders of SSL_CERT_DIR (with colons between them) or of the usual ones.
/// kIo, and what was looked for, when there is none; also when what was named cannot be read or holds none.
Result<void> trust_authorities(ssl_ctx_st* context, const std::string& ca_file);

}  // namespace qamera::upstream
