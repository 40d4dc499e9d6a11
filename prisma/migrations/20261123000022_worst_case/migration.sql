-- What a row costs when it uses all its attempts and fal bills each: no more of them than its max_cost can pay for.
-- The same rule as worstCaseOf in packages/core/src/estimates/worst-case.ts.
CREATE FUNCTION worst_case_of(price bigint, attempts int, most bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  SELECT price * CASE WHEN most IS NULL OR price = 0 THEN attempts ELSE least(attempts, most / price) END
$$;
