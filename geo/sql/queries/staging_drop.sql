DROP TABLE {staging};
