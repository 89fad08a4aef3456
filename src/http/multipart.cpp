#include "http/multipart.h"

#include <httplib.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

#include "http/field_syntax.h"
#include "http/part_heads.h"

namespace qamera::http {
namespace {

/// A request in memory, for cpp-httplib to read. What it answers is dropped.
class MemoryStream : public httplib::Stream {
 public:
  explicit MemoryStream(std::array<std::string_view, 3> pieces) : pieces_(pieces) {}

  bool is_readable() const override { return true; }
#ifdef CPPHTTPLIB_VERSION_NUM
  bool wait_readable() const override { return true; }
  bool wait_writable() const override { return true; }
  time_t duration() const override { return 0; }
#else
  bool is_writable() const override { return true; }
#endif
  ssize_t read(char* to, size_t size) override {
    while (piece_ < pieces_.size() && pieces_[piece_].empty()) ++piece_;
    if (piece_ == pieces_.size()) return 0;
    const std::size_t count = std::min(size, pieces_[piece_].size());
    std::memcpy(to, pieces_[piece_].data(), count);
    pieces_[piece_].remove_prefix(count);
    return static_cast<ssize_t>(count);
  }
  ssize_t write(const char*, size_t size) override { return static_cast<ssize_t>(size); }
  void get_remote_ip_and_port(std::string& ip, int& port) const override { ip.clear(), port = 0; }
  void get_local_ip_and_port(std::string& ip, int& port) const override { ip.clear(), port = 0; }
  socket_t socket() const override { return INVALID_SOCKET; }

 private:
  std::array<std::string_view, 3> pieces_;
  std::size_t piece_ = 0;
};

/// Runs a body through cpp-httplib's server without a socket: its content reader hands the parts over in wire
/// order.
class PartReader : private httplib::Server {
 public:
  PartReader() {
    Post("/", [](const httplib::Request&, httplib::Response& response, const httplib::ContentReader& reader) {
      std::vector<std::string>& contents = *current_;
      valid_ = reader(
          [&](const auto&) {
            contents.emplace_back();
            return true;
          },
          [&](const char* data, size_t size) {
            contents.back().append(data, size);
            return true;
          });
      response.status = 200;
    });
    // With one set, no exception's text is put in a reply; ours are dropped anyhow.
    set_exception_handler([](const httplib::Request&, httplib::Response& response, const auto&) {
      valid_ = false;
      response.status = 500;
    });
    set_payload_max_length(std::numeric_limits<size_t>::max());
  }

  /// False when the body is malformed.
  bool read(std::string_view boundary, std::string_view body, std::vector<std::string>& contents) {
    // 0.11 wants a line end after the closing delimiter, which clients may leave out.
    const std::string head = "POST / HTTP/1.1\r\nHost: edge\r\nContent-Type: multipart/form-data; boundary=\"" +
                             std::string(boundary) + "\"\r\nContent-Length: " + std::to_string(body.size() + 2) +
                             "\r\n\r\n";
    MemoryStream stream({head, body, "\r\n"});
    current_ = &contents;
    valid_ = false;
    bool closed = false;
#ifdef CPPHTTPLIB_VERSION_NUM
    process_request(stream, "", 0, "", 0, false, closed, nullptr);
#else
    process_request(stream, false, closed, nullptr);
#endif
    current_ = nullptr;
    return valid_;
  }

 private:
  // Of the call under way on this thread; the server object itself is shared by all.
  static thread_local std::vector<std::string>* current_;
  static thread_local bool valid_;
};

thread_local std::vector<std::string>* PartReader::current_ = nullptr;
thread_local bool PartReader::valid_ = false;

bool is_boundary(std::string_view text) {
  constexpr std::size_t kLongest = 70;  // RFC 2046, section 5.1.1
  return !text.empty() && text.size() <= kLongest && std::all_of(text.begin(), text.end(), [](char c) {
    // Not a percent sign: 0.11 would decode it.
    return (is_token_byte(c) && c != '%') || std::string_view("(),/:=?").find(c) != std::string_view::npos;
  });
}

}  // namespace

std::vector<Part> parse_multipart(const Request& request) {
  const std::string* type = request.headers.find("Content-Type");
  if (!type || !equal_ignoring_case(trim(std::string_view(*type).substr(0, type->find(';'))), "multipart/form-data")) {
    return {};
  }
  const auto boundary = field_parameter(*type, "boundary");
  if (!boundary || !is_boundary(*boundary)) return {};
  auto heads = read_part_heads(request.body, *boundary);
  if (!heads) return {};
  static PartReader reader;
  std::vector<std::string> contents;
  // cpp-httplib would take a delimiter in the middle of a preamble's line for the first.
  const std::string_view body = without_preamble(request.body, *boundary);
  if (!reader.read(*boundary, body, contents) || contents.size() != heads->size()) return {};
  std::vector<Part> parts;
  parts.reserve(contents.size());
  for (std::size_t i = 0; i < contents.size(); ++i) {
    PartHead& head = (*heads)[i];
    parts.push_back({.name = std::move(head.name),
                     .filename = std::move(head.filename),
                     .content_type = std::move(head.content_type),
                     .content = std::move(contents[i]),
                     .is_file = head.is_file});
  }
  return parts;
}

}  // namespace qamera::http
