#pragma once
// What leaves a connection: frames in their order, some with bodies that are sent from where they
// lie. Small frames are written one behind the other into the same string, so that answers of one
// readable event cost no allocation each and leave in one call.
// Thread safety: none; the connection's lock, or its loop, guards it.

#include <sys/uio.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace rewindmq::remoting {

class OutputBatch {
 public:
  bool empty() const { return bytes_ == 0; }
  // All bytes that were added.
  size_t bytes() const { return bytes_; }

  // `append(std::string*)` adds one frame's head, and its body when that is not in `parts`.
  // `keep_alive` owns the parts until they have left. Returns how many bytes were added.
  template <typename Append>
  size_t Add(Append append, std::vector<std::string_view> parts = {},
             std::vector<std::shared_ptr<const void>> keep_alive = {}) {
    std::string& text = Tail();
    size_t before = text.size();
    append(&text);
    size_t added = text.size() - before;
    for (std::string_view part : parts) added += part.size();
    if (!parts.empty()) {
      chunks_.back().parts = std::move(parts);
      chunks_.back().keep_alive = std::move(keep_alive);
    }
    bytes_ += added;
    return added;
  }

  // Nothing may be added between the first call and Clear. Returns the bytes that left, 0 when the
  // socket takes none now.
  Result<size_t> WriteTo(int socket);
  // Every byte has left.
  bool done() const { return !pieces_.empty() && next_piece_ == pieces_.size(); }
  // Empties it; a modest buffer is kept for the next frames.
  void Clear();

 private:
  struct Chunk {
    std::string text;
    std::vector<std::string_view> parts;  // behind the text
    std::vector<std::shared_ptr<const void>> keep_alive;
  };

  std::string& Tail();
  void MakePieces();

  std::vector<Chunk> chunks_;
  size_t bytes_ = 0;
  std::vector<iovec> pieces_;  // of all chunks, made when writing begins
  size_t next_piece_ = 0;
};

}  // namespace rewindmq::remoting
