-- What a package is made with is minted with its OBJID, so that an upgrade or another setting
-- between two attempts at one seal changes no byte: pipeline.minting.Minted. Empty once sealed.
ALTER TABLE file_unit ADD COLUMN minted_with TEXT;
