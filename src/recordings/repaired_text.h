#pragma once

#include <istream>
#include <streambuf>
#include <string>

namespace qamera::recordings {

/// The text of a JSON file as UTF-8, whatever wrote it: without a byte order mark, UTF-16 converted. Where it is to be
/// repaired, bytes that are no UTF-8, halves of surrogate pairs, control bytes in strings and numbers that JSON does
/// not have (NaN, Infinity, 1e999), which are somebody's bug in some entry, do not keep all others from being read:
/// such a number is null. Streams. Not thread-safe.
class RepairedText final : public std::streambuf {
 public:
  enum class Repair { kNothing, kAll };

  /// `in` must outlive this, and stand at its beginning.
  RepairedText(std::istream& in, Repair repair);

  /// Whether anything that was read had to be replaced by U+FFFD.
  bool has_replaced() const { return has_replaced_; }

 protected:
  int_type underflow() override;

 private:
  enum class Encoding { kUtf8, kUtf16Little, kUtf16Big };

  void detect();
  /// Appends the characters of `raw_` to `text_`; keeps what is cut in two, unless nothing follows.
  void to_utf8(bool at_end);
  /// Moves `text_` to `out_`, repaired; keeps what may have to be seen with what follows.
  void repair(bool at_end);
  /// How much of the escape at `text_[i]` was taken; 0 when more must be seen.
  std::size_t repair_escape(std::size_t i, bool at_end);
  /// The same of the word or number outside strings that begins at `text_[i]`.
  std::size_t repair_word(std::size_t i, bool at_end);

  std::istream& in_;
  const Repair repair_;
  Encoding encoding_ = Encoding::kUtf8;
  bool detected_ = false;
  bool in_string_ = false;
  bool has_replaced_ = false;
  std::string raw_;   ///< as read, not converted
  std::string text_;  ///< UTF-8, not repaired
  std::string out_;   ///< what the reader gets
};

}  // namespace qamera::recordings
