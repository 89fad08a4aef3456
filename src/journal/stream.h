#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "http/handler.h"

namespace qamera::journal {

/// A `ReplyStream` made of pieces of any length: cuts them to what the edge asked for, so that those who make the
/// pieces think in entries and events, and the edge in bytes.
class PieceStream : public ReplyStream {
 public:
  State read(std::string& out, std::size_t limit) final;
  void on_ready(std::function<void()>) override {}

 protected:
  /// Appends the next piece to `out`. Anything but kMore must append nothing.
  virtual State next_piece(std::string& out) = 0;

 private:
  std::string pending_;
  std::size_t sent_ = 0;  ///< of `pending_`
};

}  // namespace qamera::journal
