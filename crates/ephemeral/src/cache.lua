-- Keeps an entry under each of its keys, unless one of this or a later version is there. A tombstone ("-") wins over its
-- own version. KEYS: names of the same thing; ARGV: version as 19 digits, entry without its version, life in ms.
-- Tells under how many keys it is kept.
local kept = 0
for _, key in ipairs(KEYS) do
  local current = redis.call('getrange', key, 0, 19)
  local version, kind = string.sub(current, 1, 19), string.sub(current, 20, 20)
  local is_newer = current == '' or version < ARGV[1]
  local ends_it = version == ARGV[1] and kind ~= '-' and string.sub(ARGV[2], 1, 1) == '-'
  if is_newer or ends_it then
    redis.call('set', key, ARGV[1] .. ARGV[2], 'px', ARGV[3])
    kept = kept + 1
  end
end
return kept
