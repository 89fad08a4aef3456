#pragma once

#include <string_view>

namespace qamera::http {

/// How much a client wants a media type: the weight, in thousandths, of the most specific range of an Accept field that
/// takes it in (RFC 9110, section 12.5.1). 0 when none does, as when the field says so. `type` is in lower case. A
/// range with a parameter `version` stands for that version alone; other parameters are passed over.
int accepted_weight(std::string_view accept, std::string_view type, std::string_view version);

}  // namespace qamera::http
