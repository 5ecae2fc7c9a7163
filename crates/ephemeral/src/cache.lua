-- Keeps an entry unless one of this or a later version is there. A tombstone ("-") wins over its own version.
-- KEYS[1] entry; ARGV: version as 19 digits, entry without its version, life in ms.
local current = redis.call('get', KEYS[1])
if current then
  local version, kind = string.sub(current, 1, 19), string.sub(current, 20, 20)
  if version > ARGV[1] then return 0 end
  if version == ARGV[1] and (kind == '-' or string.sub(ARGV[2], 1, 1) == '=') then return 0 end
end
redis.call('set', KEYS[1], ARGV[1] .. ARGV[2], 'px', ARGV[3])
return 1
