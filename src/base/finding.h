#pragma once

#include <array>
#include <string>
#include <string_view>

namespace qamera {

/// Something a request (or a response) did that the API tolerates but its documentation does not describe.
struct Finding {
  std::string_view kind;  ///< one of `finding_kind`, static storage
  std::string pointer;    ///< JSON Pointer into `{"query":..., "headers":..., "body":...}` of the request
  std::string message;    ///< what stood there and what the documentation has
};

namespace finding_kind {
inline constexpr std::string_view kUnknownQueryParameter = "unknown-query-parameter";
inline constexpr std::string_view kUnknownField = "unknown-field";
inline constexpr std::string_view kUndocumentedValue = "undocumented-value";  ///< e.g. statusFilter=done
inline constexpr std::string_view kWrongContentType = "wrong-content-type";
inline constexpr std::string_view kContentEncoding = "content-encoding";        ///< a body sent in gzip, say
inline constexpr std::string_view kUnexpectedBody = "unexpected-body";          ///< a body on a GET
inline constexpr std::string_view kDuplicateParameter = "duplicate-parameter";  ///< of the query; the first counts
inline constexpr std::string_view kDuplicateHeader = "duplicate-header";  ///< one that may not repeat; the first counts
inline constexpr std::string_view kDuplicateField = "duplicate-field";    ///< of a form; the first counts
inline constexpr std::string_view kDuplicateMember = "duplicate-member";  ///< of a JSON object; the last counts
inline constexpr std::string_view kRateLimitExceeded = "rate-limit-exceeded";  ///< served, yet faster than documented
inline constexpr std::string_view kRecordNotReady = "record-not-ready";  ///< an INPROGRESS record used or voted on
inline constexpr std::string_view kResponseBreach = "response-breach";   ///< a reply outside the contract
inline constexpr std::string_view kInvalidRequest = "invalid-request";   ///< relayed, though it breaks its schema
inline constexpr std::string_view kUpstreamFailed = "upstream-failed";   ///< no reply, or none that can be read

/// Every kind that this version makes: what a pattern may name.
inline constexpr std::array kAll = {kUnknownQueryParameter, kUnknownField,    kUndocumentedValue,  kWrongContentType,
                                    kContentEncoding,       kUnexpectedBody,  kDuplicateParameter, kDuplicateHeader,
                                    kDuplicateField,        kDuplicateMember, kRateLimitExceeded,  kRecordNotReady,
                                    kResponseBreach,        kInvalidRequest,  kUpstreamFailed};
}  // namespace finding_kind

}  // namespace qamera
