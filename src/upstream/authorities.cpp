#include "upstream/authorities.h"

#ifdef QAMERA_TLS

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <system_error>

namespace qamera::upstream {
namespace {

namespace fs = std::filesystem;

// Go's lists, in its order (crypto/x509/root_linux.go), with those of FreeBSD and Homebrew at the end.
constexpr std::array kUsualFiles = {
    "/etc/ssl/certs/ca-certificates.crt",                 // Debian, Ubuntu, Gentoo, Arch
    "/etc/pki/tls/certs/ca-bundle.crt",                   // Fedora, RHEL 6
    "/etc/ssl/ca-bundle.pem",                             // OpenSUSE
    "/etc/pki/tls/cacert.pem",                            // OpenELEC
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  // CentOS, RHEL 7
    "/etc/ssl/cert.pem",                                  // Alpine, macOS
    "/usr/local/etc/ssl/cert.pem",
    "/opt/homebrew/etc/openssl@3/cert.pem",
};
constexpr std::array kUsualFolders = {"/etc/ssl/certs", "/etc/pki/tls/certs"};

/// Whether at least one authority was read.
bool load_file(SSL_CTX* context, const fs::path& file) {
  const bool loaded = SSL_CTX_load_verify_locations(context, file.c_str(), nullptr) == 1;
  ERR_clear_error();
  return loaded;
}

/// A folder also has links by hash to its own files: each of these is read once.
bool is_link_within(const fs::path& file) {
  std::error_code failed;
  const fs::path target = fs::read_symlink(file, failed);
  return !failed && !target.has_parent_path();
}

/// Whether at least one authority was read. Files that hold none do not matter.
bool load_folder(SSL_CTX* context, const fs::path& folder, const fs::path& loaded_already) {
  std::error_code failed;
  bool any = false;
  for (fs::directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed)) {
    std::error_code unknown;
    const fs::path& file = at->path();
    if (file == loaded_already || is_link_within(file) || !fs::is_regular_file(file, unknown)) continue;
    any = load_file(context, file) || any;
  }
  return any;
}

Error no_authorities(const std::string& where) {
  return {
      ErrorCode::kIo,
      "cannot load the certificate authorities: " + where + " (--ca-file, SSL_CERT_FILE or SSL_CERT_DIR names others)",
      ""};
}

/// The value of a variable; "" when it is not set.
std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

}  // namespace

Result<void> trust_authorities(SSL_CTX* context, const std::string& ca_file) {
  const auto not_in = [](const std::string& what) { return no_authorities("found none in " + what); };
  if (!ca_file.empty()) return load_file(context, ca_file) ? Result<void>() : not_in("\"" + ca_file + "\"");
  std::string loaded;
  if (const std::string named = variable("SSL_CERT_FILE"); !named.empty()) {
    if (!load_file(context, named)) return not_in("SSL_CERT_FILE, \"" + named + "\"");
    loaded = named;
  } else {
    for (const char* file : kUsualFiles) {
      if (!load_file(context, file)) continue;
      loaded = file;
      break;
    }
  }
  bool any = !loaded.empty();
  if (const std::string named = variable("SSL_CERT_DIR"); !named.empty()) {
    std::istringstream folders(named);
    for (std::string folder; std::getline(folders, folder, ':');) {
      if (!load_folder(context, folder, loaded)) return not_in("SSL_CERT_DIR, \"" + folder + "\"");
    }
    any = true;
  } else {
    for (const char* folder : kUsualFolders) any = load_folder(context, folder, loaded) || any;
  }
  return any ? Result<void>() : not_in("the usual places such as " + std::string(kUsualFiles.front()));
}

}  // namespace qamera::upstream

#endif
