#include "journal/ndjson.h"

namespace qamera::journal {
namespace {

constexpr char kCancel = '\x18';
constexpr std::size_t kChunk = 64u << 10;

/// Lines of a stream, of bounded length.
class Lines {
 public:
  enum class State { kLine, kEnd, kTooLong };

  explicit Lines(std::istream& in) : in_(in), buffer_(kChunk, '\0') {}

  /// `ended`: whether a newline ended the line.
  State next(std::string& line, bool& ended) {
    line.clear();
    ended = false;
    while (true) {
      if (at_ == filled_ && !fill()) return line.empty() ? State::kEnd : State::kLine;
      const auto newline = std::string_view(buffer_).substr(0, filled_).find('\n', at_);
      const std::size_t stop = newline == std::string_view::npos ? filled_ : newline;
      line.append(buffer_, at_, stop - at_);
      if (line.size() > kMaxNdjsonLine) return State::kTooLong;
      ended = newline != std::string_view::npos;
      at_ = ended ? stop + 1 : stop;
      if (ended) return State::kLine;
    }
  }

  bool failed() const { return in_.bad(); }

 private:
  bool fill() {
    in_.read(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
    filled_ = static_cast<std::size_t>(in_.gcount());
    at_ = 0;
    return filled_ > 0;
  }

  std::istream& in_;
  std::string buffer_;
  std::size_t filled_ = 0;
  std::size_t at_ = 0;
};

}  // namespace

Result<NdjsonReading> read_ndjson(std::istream& in, std::string_view name,
                                  const std::function<Result<void>(Entry entry, std::uint64_t line)>& each,
                                  const std::function<void(const std::string&)>& on_warning) {
  NdjsonReading reading;
  Lines lines(in);
  std::string line;
  bool ended = false;
  const auto place = [&] { return std::string(name) + " line " + std::to_string(reading.lines) + ": "; };
  for (auto state = lines.next(line, ended); state != Lines::State::kEnd; state = lines.next(line, ended)) {
    ++reading.lines;
    if (state == Lines::State::kTooLong) {
      return Error{ErrorCode::kInvalid, place() + "longer than " + std::to_string(kMaxNdjsonLine >> 20) + " MiB", ""};
    }
    if (line.ends_with('\r')) line.pop_back();
    if (line.empty()) continue;
    const auto json = line.back() == kCancel ? Result<Json>(Error{}) : parse_json(line);
    if (!json && (!ended || line.back() == kCancel)) {
      ++reading.skipped;
      on_warning(place() + "skipped, it was torn when the recording broke off");
      continue;
    }
    if (!json) return Error{ErrorCode::kInvalid, place() + json.error().message, ""};
    auto entry = entry_from_json(*json);
    if (!entry) return Error{ErrorCode::kInvalid, place() + entry.error().message, entry.error().pointer};
    ++reading.entries;
    if (auto result = each(std::move(*entry), reading.lines); !result) return result.error();
  }
  if (lines.failed()) return Error{ErrorCode::kIo, std::string(name) + ": cannot be read to the end", ""};
  return reading;
}

}  // namespace qamera::journal
