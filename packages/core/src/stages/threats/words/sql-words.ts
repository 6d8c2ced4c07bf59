/** Functions whose call beside a condition is never prose. */
export const SQL_FUNCTIONS: ReadonlySet<string> = new Set(
  (
    'sleep benchmark pg_sleep extractvalue updatexml load_file concat group_concat concat_ws substr substring ' +
    'substring_index mid ascii ord char chr nchar hex unhex bin md5 sha1 cast convert count if ifnull nullif coalesce isnull ' +
    'elt make_set row exp floor rand randomblob generate_series regexp_substring crypt_key repeat left right upper lower ' +
    'length char_length xmltype json_extract version user database schema current_user session_user system_user ' +
    'sysdate now uuid openrowset opendatasource greatest least instr locate position name_const json_keys gtid_subset ' +
    'polygon geometrycollection linestring multipoint to_char to_number string_agg array_agg like sum max min avg trim ' +
    'len abs ceil round power sqrt pi last_insert_id found_rows row_count exists values quote reverse replace format ' +
    'soundex space strcmp encode decode aes_encrypt aes_decrypt password old_password compress uncompress inet_aton ' +
    'timestampadd curdate curtime unix_timestamp from_base64 to_base64 current_setting set_config query_to_xml lo_import ' +
    'pg_read_file pg_ls_dir dblink hashbytes db_name object_id col_name suser_sname is_srvrolemember host_name typeof ' +
    'unicode zeroblob load_extension changes total_changes iif st_latfromgeohash utl_raw rownum decode nvl lpad rpad xmlelement'
  ).split(' '),
);
