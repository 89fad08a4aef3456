#pragma once

#include <memory>
#include <string>

#include "upstream/link.h"

/// What links with and without TLS share.
namespace qamera::upstream {

/// kTimeout once the time is over or the server stops.
Result<void> check_time(LinkDeadline deadline);

/// Waits for poll(2)'s `events` (or an error) on the descriptor.
Result<void> wait_for(int descriptor, short events, LinkDeadline deadline);

/// Whether nothing can be read: neither a byte nor the end.
bool is_silent(int descriptor);

/// Shakes hands; `host` is the name the certificate must have.
Result<std::unique_ptr<UpstreamLink>> open_tls_link(edge::Descriptor descriptor, const std::string& host,
                                                    TlsContext& context, LinkDeadline deadline);

}  // namespace qamera::upstream
