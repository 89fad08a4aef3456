#include "edge/transmission.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/hash.h"

namespace qamera::edge {
namespace {

constexpr std::size_t kJoinedBody = 16u << 10;  // up to here a copy costs less than a second buffer
constexpr std::size_t kJoinedShared = 512;      // that buffer is there already

Pace throttle_pace(std::optional<std::size_t> bytes_per_second) {
  if (!bytes_per_second || *bytes_per_second == 0) return {};
  // Fifty steps a second look even to a client and cost few wake-ups.
  const std::size_t step = std::max<std::size_t>(1, *bytes_per_second / 50);
  return {step, MonotonicTime(static_cast<std::int64_t>(1e9 * static_cast<double>(step) /
                                                        static_cast<double>(*bytes_per_second)))};
}

Pace slow_pace(std::size_t bytes, Duration every) {
  if (every <= Duration::zero()) return {};
  return {std::max<std::size_t>(1, bytes), every};
}

/// The reply under construction, before a fault is applied.
class Compiler {
 public:
  Compiler(Response response, const Delivery& delivery, const http::ReplyForm& form, bool has_stream)
      : response_(std::move(response)),
        form_(form),
        has_stream_(has_stream),
        bodiless_(form.is_head || http::is_bodiless(response_.status)),
        pace_(throttle_pace(delivery.throttle_bytes_per_second)) {
    out_.delay = std::max(delivery.delay, Duration::zero());
  }

  Transmission plain() {
    out_.end = form_.keep_alive && length() != http::BodyLength::kUntilClose ? End::kKeepAlive : End::kClose;
    std::string head = head_text(length(), persistence());
    const std::string_view body = bodiless_ ? std::string_view() : response_.content();
    if (body.size() <= (response_.shared_body ? kJoinedShared : kJoinedBody)) {
      head.append(body);
      add(std::move(head), pace_);
    } else {
      add(std::move(head), pace_);
      out_.segments.push_back({std::move(response_.body), pace_, std::move(response_.shared_body)});
    }
    follow_with_stream(pace_);
    return std::move(out_);
  }

  Transmission operator()(const fault::ConnectionReset&) { return nothing_then(End::kReset); }
  Transmission operator()(const fault::EmptyResponse&) { return nothing_then(End::kClose); }
  Transmission operator()(const fault::Stall&) { return nothing_then(End::kHang); }

  Transmission operator()(const fault::Garbage& garbage) {
    add(noise(garbage.bytes, garbage.seed), pace_);
    return nothing_then(End::kClose);
  }

  Transmission operator()(const fault::TruncatedBody& fault) {
    std::string head = head_text(http::BodyLength::kKnown, persistence());
    std::string body = body_text();
    if (body.empty()) {
      head.pop_back();  // without a body only the head can lack a byte
    } else {
      const double share = std::clamp(fault.keep, 0.0, 1.0);
      const auto kept = static_cast<std::size_t>(share * static_cast<double>(body.size()));
      body.resize(std::min(kept, body.size() - 1));
    }
    add(std::move(head), pace_);
    add(std::move(body), pace_);
    return nothing_then(End::kClose);
  }

  Transmission operator()(const fault::MalformedChunk&) {
    add(head_text(http::BodyLength::kChunked, persistence()), pace_);
    const std::size_t half = (response_.body.size() + 1) / 2;
    // An empty first chunk would end the body and hide the second.
    std::string first = half > 0 ? response_.body.substr(0, half) : std::string(" ");
    add(encode_chunk(std::move(first)) + "not-a-size\r\n" + response_.body.substr(half) + "\r\n", pace_);
    return nothing_then(End::kClose);
  }

  Transmission operator()(const fault::SlowHeaders& fault) { return slowed(slow_pace(1, fault.every), pace_); }
  Transmission operator()(const fault::SlowBody& fault) { return slowed(pace_, slow_pace(fault.bytes, fault.every)); }

 private:
  http::BodyLength length() const {
    if (response_.relayed && form_.is_head) return http::BodyLength::kAsRelayed;
    if (!has_stream_) return http::BodyLength::kKnown;
    return form_.http_1_0 ? http::BodyLength::kUntilClose : http::BodyLength::kChunked;
  }

  http::Persistence persistence() const {
    if (!form_.keep_alive || length() == http::BodyLength::kUntilClose) return http::Persistence::kClose;
    return form_.http_1_0 ? http::Persistence::kKeepAliveDeclared : http::Persistence::kKeepAlive;
  }

  std::string head_text(http::BodyLength length, http::Persistence persistence) const {
    std::string head;
    const std::size_t size = response_.content().size();
    head.reserve(256 + response_.own_fields.size() +
                 (size <= (response_.shared_body ? kJoinedShared : kJoinedBody) ? size : 0));
    http::append_head(head, response_, length, size, persistence);
    return head;
  }

  std::string body_text() { return bodiless_ ? std::string() : std::move(response_.body); }

  void add(std::string bytes, Pace pace) {
    if (!bytes.empty()) out_.segments.push_back({std::move(bytes), pace});
  }

  void follow_with_stream(Pace pace) {
    out_.stream_follows = has_stream_ && !bodiless_;
    out_.stream_chunked = length() == http::BodyLength::kChunked;
    out_.stream_pace = pace;
  }

  Transmission slowed(Pace head_pace, Pace body_pace) {
    out_.end = form_.keep_alive && length() != http::BodyLength::kUntilClose ? End::kKeepAlive : End::kClose;
    add(head_text(length(), persistence()), head_pace);
    add(body_text(), body_pace);
    follow_with_stream(body_pace);
    return std::move(out_);
  }

  Transmission nothing_then(End end) {
    out_.end = end;
    return std::move(out_);
  }

  Response response_;
  const http::ReplyForm& form_;
  bool has_stream_;
  bool bodiless_;
  Pace pace_;
  Transmission out_;
};

}  // namespace

bool needs_body(const std::optional<Fault>& fault) {
  return fault && (std::holds_alternative<fault::TruncatedBody>(*fault) ||
                   std::holds_alternative<fault::MalformedChunk>(*fault));
}

Transmission compile(Response response, const Delivery& delivery, const http::ReplyForm& form, bool has_stream) {
  if (delivery.fault && response.shared_body) {
    // A fault may spoil the bytes, so it gets its own.
    response.body = *std::exchange(response.shared_body, nullptr);
  }
  Compiler compiler(std::move(response), delivery, form, has_stream);
  return delivery.fault ? std::visit(compiler, *delivery.fault) : compiler.plain();
}

std::string encode_chunk(std::string bytes) {
  if (bytes.empty()) return bytes;
  char digits[16];
  const auto end = std::to_chars(digits, digits + sizeof digits, bytes.size(), 16).ptr;
  std::string out;
  out.reserve(bytes.size() + 20);
  out.append(digits, end).append("\r\n").append(bytes).append("\r\n");
  return out;
}

std::string noise(std::size_t count, std::uint64_t seed) {
  std::string out(count, '\0');
  // Any seed, zero included, gives a full-period sequence.
  for (char& c : out) c = static_cast<char>(split_mix(seed) >> 56);
  if (!out.empty()) out[0] = static_cast<char>(out[0] | 0x80);
  return out;
}

}  // namespace qamera::edge
