#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace qamera::test {

/// A blocking raw socket. Reads give up after a generous time, which only a broken server reaches.
class Client {
 public:
  explicit Client(int port, const std::string& host = "127.0.0.1");
  ~Client();
  Client(Client&& other) noexcept;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  bool connected() const { return descriptor_ >= 0; }
  int descriptor() const { return descriptor_; }
  /// False when the server has gone.
  bool send(std::string_view bytes);
  /// One reply: head and, by Content-Length or chunked coding, body. What follows stays for the next call.
  struct Reply {
    int status = 0;    ///< 0 when the connection ended before a whole head
    std::string head;  ///< with the status line, without the empty line
    std::string body;  ///< decoded
    bool complete = false;
  };
  Reply reply(bool is_head = false);
  /// Sends, then reads one reply.
  Reply exchange(std::string_view bytes);
  /// Reads until `text` has been seen; returns what was read up to and including it, or what there was.
  std::string read_until(std::string_view text);
  /// Reads exactly `count` bytes, or what there was.
  std::string read_bytes(std::size_t count);
  std::string read_to_end();

  enum class End { kOpen, kClosed, kReset, kTimeout };
  /// How the last read ended.
  End end() const { return end_; }
  /// Whether the server closes without sending anything more.
  bool closes();

  void shut_down_sending();
  void set_receive_buffer(int bytes);

 private:
  bool fill();

  int descriptor_ = -1;
  std::string buffered_;
  End end_ = End::kOpen;
};

/// "GET <path> HTTP/1.1" with a Host.
std::string get(std::string_view path, std::string_view fields = "");
std::string post(std::string_view path, std::string_view body, std::string_view fields = "");

}  // namespace qamera::test
