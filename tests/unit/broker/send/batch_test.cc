#include "broker/send/batch.h"

#include <gtest/gtest.h>

#include "common/base/bytes.h"

namespace rewindmq::broker {
namespace {

// body hello, TAGS=TagA, KEYS=k1, WAIT=true, as Java's MessageDecoder writes it.
std::string JavaItem() {
  std::string item;
  AppendBe<int32_t>(&item, 0x37);
  item.append(12, '\0');
  AppendBe<int32_t>(&item, 5);
  item += "hello";
  AppendBe<int16_t>(&item, 0x1c);
  return item + "KEYS\x01k1\x02WAIT\x01true\x02TAGS\x01TagA\x02";
}

TEST(Batch, ReadsJavasItems) {
  std::string body = JavaItem() + JavaItem();
  auto items = DecodeBatch(body);
  ASSERT_TRUE(items.ok()) << items.status().message();
  ASSERT_EQ(items->size(), 2U);
  EXPECT_EQ((*items)[1].body, "hello");
  EXPECT_EQ((*items)[1].properties.size(), 28U);
}

TEST(Batch, RefusesEveryTruncation) {
  std::string body = JavaItem();
  for (size_t size = 0; size < body.size(); ++size) {
    EXPECT_FALSE(DecodeBatch(std::string_view(body).substr(0, size)).ok()) << size;
  }
}

TEST(Batch, RefusesLengthsThatDoNotAddUp) {
  std::string body = JavaItem();
  StoreBe<int32_t>(body.data(), 0x36);
  EXPECT_FALSE(DecodeBatch(body).ok());
  body = JavaItem();
  StoreBe<int32_t>(body.data() + 16, -1);
  EXPECT_FALSE(DecodeBatch(body).ok());
}

}  // namespace
}  // namespace rewindmq::broker
